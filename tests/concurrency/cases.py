"""What several tests play: with the product as it is, and with a seeded fault in it."""

from office import COMMITTED, REPEATABLE, errors_and_retries, one_winner

from odoo.exceptions import UserError


def two_claims(office, levels):
    """Two reps, one lead: exactly one holds it, at the next epoch."""

    def prepare():
        prepare.entry, _lead = office.lead()
        return [
            office.claims("ann", prepare.entry, levels[0]),
            office.claims("ben", prepare.entry, levels[1]),
        ]

    def check(actors):
        state, holder, epoch = office.now(prepare.entry)
        winner = [a.name for a in actors if a.error is None and a.answer["done"]]
        wrong = one_winner(actors)
        if (state, [holder], epoch) != ("held", winner, 2):
            wrong.append(f"{state} by {holder} at epoch {epoch}")
        return wrong

    return prepare, check


def two_leads_one_place(office, limit, levels=(COMMITTED, COMMITTED)):
    """One rep in two tabs with one place (claim) left, two leads: exactly one is his."""
    codes = {"pool": "capacity_full", "ramp": "capacity_full", "all": "capacity_all_full", "day": "daily_limit"}

    def prepare():
        office.lift_limits()
        prepare.before = office.holds("ann")
        if limit == "pool":
            office.give_places("ann", 1)
        elif limit == "ramp":
            office.put_on_the_ramp("ann", 1)
        elif limit == "all":
            office.give_places_everywhere("ann", 1)
        else:
            office.sql("UPDATE lead_pool_member SET daily_claim_limit = 1, day = NULL")
        pools = ("Inbound", "Second") if limit == "all" else ("Inbound", "Inbound")
        return [
            office.claims("ann", office.lead(pool=pool)[0], level, label=f"tab {number}")
            for number, (pool, level) in enumerate(zip(pools, levels, strict=True))
        ]

    def check(actors):
        wrong = one_winner(actors, codes=(codes[limit],))
        if office.holds("ann") != prepare.before + 1:
            wrong.append(f"holds {office.holds('ann') - prepare.before} more")
        return wrong

    return prepare, check


def two_locks_one_left(office, levels):
    """One rep in two tabs who may lock one more of his leads: exactly one is locked."""

    def prepare():
        office.sql("UPDATE lead_pool SET lock_limit = 1")
        office.sql("UPDATE lead_pool_entry SET locked = false WHERE locked")
        return [
            office.locks("ann", office.lead(holder="ann")[0], level, label=f"tab {number}")
            for number, level in enumerate(levels)
        ]

    def check(actors):
        wrong = one_winner(actors, codes=("limit_reached",))
        [(locked,)] = office.sql("SELECT count(*) FROM lead_pool_entry WHERE locked")
        if locked != 1:
            wrong.append(f"{locked} are locked")
        return wrong

    return prepare, check


def reclaim_against_follow_up(office):
    """A follow-up that is accepted keeps the lead; one that comes too late is refused."""

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.follows_up("ann", prepare.lead)]

    def check(actors):
        cron, ann = actors
        wrong = [f"{cron.name} failed: {cron.error!r}"] if cron.error else []
        if ann.error is not None and not isinstance(ann.error, UserError):  # AccessError is one
            wrong.append(f"ann failed: {ann.error!r}")
        kept = ann.error is None
        state, holder, _epoch = office.now(prepare.entry)
        if kept != (holder == "ann") or (cron.answer == 1) == kept:
            wrong.append(f"{state} by {holder}, follow-up {ann.result!r}, reclaimed {cron.answer}")
        [(records,)] = office.sql("SELECT count(*) FROM lead_follow_up WHERE lead_id = %s", [prepare.lead])
        if records != int(kept):
            wrong.append(f"{records} follow-ups in the books")
        return wrong

    return prepare, check


def reclaim_against_conversion(office):
    """What its holder converts is closed as converted; what went back before that is not his to convert."""

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.make_due(prepare.entry)
        return [office.reclaims(), office.converts("ann", prepare.lead)]

    def check(actors):
        cron, ann = actors
        wrong = [f"{cron.name} failed: {cron.error!r}"] if cron.error else []
        if ann.error is not None and not isinstance(ann.error, UserError):
            wrong.append(f"ann failed: {ann.error!r}")
        wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.tries > 1]
        converted = ann.error is None
        [(state, closed_as)] = office.sql("SELECT state, closed_as FROM lead_pool_entry WHERE id = %s", [prepare.entry])
        expected = ("closed", "converted", 0) if converted else ("waiting", None, 1)
        if (state, closed_as, cron.answer) != expected:
            wrong.append(f"{(state, closed_as, cron.answer)} instead of {expected}: {ann.result!r}")
        return wrong

    return prepare, check


def reclaim_against_return_to_the_pool(office):
    """A member who was removed brings what he holds: counted once, whatever goes back at this moment."""
    if "Club" not in office.pools:
        office.open_pool("Club", members=["ann", "ben", "chief"])
    pool, user = office.pools["Club"], office.users["ben"]

    def comes_back(env):
        return bool(env["lead.pool.member"].create({"pool_id": pool, "user_id": user}))

    def prepare():
        prepare.entry, _lead = office.lead(holder="ben", pool="Club")
        office.lead(holder="ben", pool="Club")
        office.sql("DELETE FROM lead_pool_member WHERE pool_id = %s AND user_id = %s AND role = 'member'", [pool, user])
        office.make_due(prepare.entry)
        return [office.reclaims(), office.actor("chief", comes_back, REPEATABLE)]

    def check(actors):
        wrong = errors_and_retries(actors)
        if not wrong and (actors[0].answer, office.now(prepare.entry)[0]) != (1, "waiting"):
            wrong.append(f"{office.now(prepare.entry)}, reclaimed {actors[0].answer}")
        return wrong

    return prepare, check


def a_lead_is_given_away_while_it_moves_to_another_pool(office):
    """Whoever comes first: who sees all leads and runs its old pool alone gives away nothing of the new one."""
    if "local" not in office.users:
        office.hire("senior", "local")
        with office.inside() as env:
            env["lead.pool.member"].create(
                {"pool_id": office.pools["Inbound"], "user_id": office.users["local"], "role": "admin"}
            )

    def moves(env):
        entry = env["lead.pool.entry"].browse(prepare.entry)
        entry.action_transfer(office.pools["Second"])
        return entry.action_assign(office.users["cleo"])

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        return [office.actor("chief", moves), office.writes("local", prepare.lead, {"user_id": "ben"})]

    def check(actors):
        chief, local = actors
        wrong = [f"chief failed: {chief.error!r}"] if chief.error else []
        wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.tries > 1]
        if local.error is not None and not isinstance(local.error, UserError):
            wrong.append(f"local failed: {local.error!r}")
        [(pool, user)] = office.sql("SELECT pool_id, user_id FROM lead_pool_entry WHERE id = %s", [prepare.entry])
        if pool == office.pools["Second"] and user != office.users["cleo"]:
            wrong.append("given away in a pool that is not his")
        return wrong

    return prepare, check


def a_lead_is_given_away_while_it_comes_into_a_pool(office):
    """The books say whose it is, or the form is refused."""

    def prepare():
        with office.inside() as env:
            prepare.lead = env["crm.lead"].create({"name": "In no pool", "user_id": office.users["ann"]}).id
        return [office.enrols(prepare.lead, "Inbound"), office.writes("chief", prepare.lead, {"user_id": "ben"})]

    def check(actors):
        enrols, chief = actors
        wrong = [f"the job failed: {enrols.error!r}"] if enrols.error else []
        wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.tries > 1]
        if chief.error is not None and not isinstance(chief.error, UserError):
            wrong.append(f"the form failed: {chief.error!r}")
        return wrong

    return prepare, check


def two_leads_crosswise(office):
    """Ann's lead goes to Ben while Ben's goes to Ann: the counters are locked in one order."""

    def prepare():
        prepare.first, prepare.second = office.lead(holder="ann")[0], office.lead(holder="ben")[0]
        return [
            office.assigns("chief", prepare.first, to="ben", label="to ben"),
            office.assigns("chief", prepare.second, to="ann", label="to ann"),
        ]

    def check(actors):
        wrong = [f"{a.name} failed: {a.error!r}" for a in actors if a.error is not None]
        wrong += [f"{a.name} needed {a.tries} tries" for a in actors if a.tries > 1]
        holders = [office.now(prepare.first)[1], office.now(prepare.second)[1]]
        if holders != ["ben", "ann"]:
            wrong.append(f"held by {holders}")
        return wrong

    return prepare, check


def one_request_twice(office):
    """The same click arrives twice at once: one lead, and one answer to both."""

    def prepare():
        prepare.before = office.holds("ann")
        prepare.uid = f"click {office.alone_in('Line', 2)}"

        def pull(env):
            return env["lead.pool"].browse(office.pools["Line"]).action_pull_next(request_uid=prepare.uid)

        return [office.actor("ann", pull, label=f"arrival {number}") for number in range(2)]

    def check(actors):
        wrong = errors_and_retries(actors)
        if not wrong and (actors[0].answer != actors[1].answer or not actors[0].answer[0]["done"]):
            wrong.append("two answers to one request")
        if office.holds("ann") != prepare.before + 1:
            wrong.append(f"one request brought {office.holds('ann') - prepare.before} leads")
        return wrong

    if "Line" not in office.pools:
        office.open_pool("Line", members=["ann", "ben", "cleo"])
    office.sql("UPDATE lead_pool SET claim_order = 'pull' WHERE id = %s", [office.pools["Line"]])
    return prepare, check
