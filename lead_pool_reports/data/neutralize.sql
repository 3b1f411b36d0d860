-- a copy of the database mails no figures
UPDATE lead_pool_report_mail SET active = false;
