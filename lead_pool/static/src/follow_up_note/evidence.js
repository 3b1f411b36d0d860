/** What a pool asks of a follow-up, told while it is being typed. The server decides by rules/follow_up.py. */

const STUCK = 3; // of the same character in a row count

/** Characters of a note that say something, as rules/note.py counts them. */
export function noteLength(text) {
    const said = (text || "")
        .normalize("NFKC")
        .replace(/\p{Cf}/gu, "")
        .replace(/\s+/gu, " ")
        .replace(/\p{Cc}/gu, "")
        .trim()
        .replace(/(.)\1{3,}/gsu, (_run, sign) => sign.repeat(STUCK));
    return /[\p{L}\p{N}]/u.test(said) ? [...said].length : 0;
}

/**
 * What is still missing: a list of `{ code, count }`, codes of rules/follow_up.py; empty if it would count.
 *
 * @param {{ text: string, typeId: number|false, result: string|false, minutes: number }} said
 * @param {{ min_length: number, result: boolean, types: number[], calls: number[], min_seconds: number,
 *     by_call: boolean }} evidence
 */
export function missing(said, evidence) {
    const lacks = [];
    const isCall = evidence.calls.includes(said.typeId);
    const seconds = Math.round((said.minutes || 0) * 60);
    const tooShort = isCall && seconds < evidence.min_seconds;
    if (tooShort) {
        lacks.push({ code: "short_call", count: evidence.min_seconds });
    }
    if (isCall && seconds && evidence.by_call) {
        return lacks;
    }
    if (evidence.types.length && !evidence.types.includes(said.typeId)) {
        lacks.push({ code: "wrong_type", count: 0 });
    }
    const length = noteLength(said.text);
    if (length < evidence.min_length) {
        lacks.push({ code: "short_note", count: evidence.min_length - length });
    } else if (!length && !said.result && !evidence.result) {
        lacks.push({ code: "empty", count: 0 });
    }
    if (evidence.result && !said.result) {
        lacks.push({ code: "no_result", count: 0 });
    }
    return lacks;
}
