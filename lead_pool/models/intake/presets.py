"""What is known of a kind of platform beforehand: settings and rows of a mapping.

Google's is the documented body of its lead form webhook
(https://developers.google.com/google-ads/webhook/docs/implementation). Meta's is the documented handshake, signature
and notification, which carries numbers only, and the documented answer of its Graph API, which is asked for the rest.
"""

KINDS = [
    ("google", "Google Ads lead form"),
    ("meta", "Meta lead ads"),
    ("json", "JSON, any platform"),
    ("form", "Form of a landing page"),
]


def _google(column, target):
    return (f"user_column_data[column_id={column}].string_value", target)


def _meta(question, target):
    return (f"field_data[name={question}].values", target)


PRESETS = {
    "google": {
        "settings": {
            "body_secret_path": "google_key",
            "external_id_path": "lead_id",
            "test_path": "is_test",
        },
        "rows": [
            _google("FULL_NAME", "contact_name"),
            _google("FIRST_NAME", "contact_name"),
            _google("LAST_NAME", "contact_name"),
            _google("EMAIL", "email_from"),
            _google("WORK_EMAIL", "email_from"),
            _google("PHONE_NUMBER", "phone"),
            _google("WORK_PHONE", "phone"),
            _google("COMPANY_NAME", "partner_name"),
            _google("JOB_TITLE", "function"),
            _google("STREET_ADDRESS", "street"),
            _google("CITY", "city"),
            _google("POSTAL_CODE", "zip"),
            _google("COUNTRY", "country_id"),
            _google("REGION", "state_id"),
        ],
    },
    "meta": {
        "settings": {
            "signature_method": "hmac_body",
            "signature_place": "header",
            "signature_name": "X-Hub-Signature-256",
            "signature_prefix": "sha256=",
            "lead_path": "entry[*].changes[*].value",
            "external_id_path": "leadgen_id",
            "max_kb": 1024,
        },
        "rows": [
            _meta("full_name", "contact_name"),
            _meta("first_name", "contact_name"),
            _meta("last_name", "contact_name"),
            _meta("email", "email_from"),
            _meta("work_email", "email_from"),
            _meta("phone_number", "phone"),
            _meta("work_phone_number", "phone"),
            _meta("company_name", "partner_name"),
            _meta("job_title", "function"),
            _meta("street_address", "street"),
            _meta("city", "city"),
            _meta("post_code", "zip"),
            _meta("zip_code", "zip"),
            _meta("state", "state_id"),
            _meta("province", "state_id"),
            _meta("country", "country_id"),
            ("campaign_name", "campaign_id"),
            ("platform", "source_id", "fb = Facebook", "ig = Instagram"),
        ],
    },
    "json": {
        "settings": {"external_id_path": "id"},
        "rows": [
            ("name", "contact_name"),
            ("phone", "phone"),
            ("email", "email_from"),
            ("company", "partner_name"),
            ("message", "description"),
        ],
    },
    "form": {
        "settings": {},
        "rows": [
            ("name", "contact_name"),
            ("phone", "phone"),
            ("email", "email_from"),
            ("company", "partner_name"),
            ("message", "description"),
            ("utm_campaign", "campaign_id"),
            ("utm_source", "source_id"),
            ("utm_medium", "medium_id"),
        ],
    },
}
