"""``odoo-bin lead_pool_repair -d DB``: loaded by Odoo's command line as a file of its own, without the add-on."""

import optparse
import sys
import time

from odoo import SUPERUSER_ID, api, tools
from odoo.cli import Command
from odoo.modules.registry import Registry


class LeadPoolRepair(Command):
    """Compare counters, entries, owners and keys of leads with the ledgers, and mend them with --mend."""

    name = "lead_pool_repair"

    def run(self, args):
        parser = tools.config.parser
        parser.prog = self.prog
        group = optparse.OptionGroup(parser, "Lead Pool", self.__doc__)
        group.add_option("--mend", action="store_true", help="mend what differs; without it nothing is changed")
        parser.add_option_group(group)
        options = tools.config.parse_config(args, setup_logging=True)
        names = tools.config["db_name"]
        if len(names) != 1:
            sys.exit("Name one database with -d.")
        with Registry(names[0]).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "lead.pool.health" not in env:
                sys.exit("Lead Pool is not installed in this database.")
            sys.exit(self.go_through(env, "repair" if options.mend else "health"))

    def go_through(self, env, kind):
        """Work a job to its end here; 0 if nothing differed or all was mended, 1 else."""
        from odoo.addons.lead_pool.isolation import read_committed  # the add-on is there once its registry is

        Pool = env["lead.pool"]
        job = Pool._start_health(kind).sudo()
        env.cr.commit()
        while True:
            read_committed(env.cr)
            if job.state not in ("waiting", "running"):
                break
            done, more = job._work()
            env.cr.commit()
            env.invalidate_all()
            if not done and not more:
                time.sleep(0.2)  # a scheduled action is at it
        for code, values in (job.position or {}).get("listed", []):
            sys.stdout.write(f"{code}: {Pool._difference_sentence(code, values)}\n")
        if job.state != "done":
            sys.stdout.write(f"{job.state}: {job.problem or ''}\n")
            return 1
        left = Pool._last_found()
        for answer in Pool._health_answers(left):
            sys.stdout.write(f"{answer['level']}: {answer['message']}\n")
        sys.stdout.write("Nothing is left to mend.\n" if not left else "")
        return int(bool(left))
