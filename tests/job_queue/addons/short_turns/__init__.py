from odoo.addons.lead_pool_queue_job.models import lead_pool_job

lead_pool_job.TURN = 1
