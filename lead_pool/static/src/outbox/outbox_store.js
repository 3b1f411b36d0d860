/**
 * What one user has not sent yet, on this device: a letter under a key of its own, so that tabs do not overwrite one
 * another's. Only who logs in as this user, in this database, reads it.
 */
export class OutboxStore {
    /**
     * @param {Storage} storage
     * @param {string} db
     * @param {number} userId
     */
    constructor(storage, db, userId) {
        this.storage = storage;
        this.prefix = `lead_pool.outbox/${db}/${userId}/`;
    }

    owns(key) {
        return key === null || key.startsWith(this.prefix); // null: all was cleared
    }

    /** In the order in which they were written. */
    all() {
        return Object.keys(this.storage)
            .filter((key) => key.startsWith(this.prefix))
            .map((key) => this.get(key.slice(this.prefix.length)))
            .filter(Boolean)
            .sort((one, other) => one.number - other.number);
    }

    get(id) {
        const text = this.storage.getItem(this.prefix + id);
        return text && JSON.parse(text);
    }

    /** @returns {boolean} whether this device could keep it */
    put(letter) {
        const number = letter.number || Math.max(0, ...this.all().map((other) => other.number)) + 1;
        try {
            this.storage.setItem(this.prefix + letter.id, JSON.stringify({ ...letter, number }));
        } catch {
            return false; // full, or forbidden
        }
        return true;
    }

    remove(id) {
        this.storage.removeItem(this.prefix + id);
    }
}
