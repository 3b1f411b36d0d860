"""A business card becomes the values of a new lead, which nobody has saved yet."""

import base64
import binascii
import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from PIL import Image

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...rules.card import Line, read_lines
from ...rules.card_code import decoded, read_code

_logger = logging.getLogger(__name__)

READER = Path(__file__).parents[2] / "reader" / "read_picture.py"
#: System parameter: path of a Python that has ``rapidocr-onnxruntime``; empty: the server's own.
READER_PYTHON = "lead_pool.card_python"
READER_SECONDS = 20  # a card takes two or three
READERS = 2  # pictures read at the same time, each some 400 MB
MOST_BYTES = 12 << 20  # of a picture
MOST_FILE_BYTES = 1 << 20  # of a .vcf, which may hold a picture too
MOST_PIXELS = 64_000_000
#: Answers of the gate that the rep is told before he saves.
KNOWN = ("repeat", "same_owner", "flagged", "duplicate")
FORMATS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


class LeadCard(models.AbstractModel):
    _name = "lead.pool.lead.card"
    _description = "Lead from a Business Card"

    @api.model
    @api.readonly
    def card_reader(self):
        """Whether photos can be read here.

        :returns: ``{"photo": bool, "message": how to add it, when it is missing}``
        """
        self.check_access("create")
        obstacle = self._card_reader_obstacle()
        return {"photo": not obstacle, "message": obstacle}

    @api.model
    @api.readonly
    def read_card(self, text=None, file=None, photo=None):
        """What a business card says, as values for a new lead; nothing is written.

        :param str text: of a QR code, or as it was typed or copied
        :param str file: a .vcf file in base64
        :param str photo: a JPEG, PNG or WebP picture in base64
        :returns: ``{"values": of a crm.lead, "known": a sentence when the gate knows this person or company, else ""}``
        :raises UserError: there is nothing to be read, the picture is too large or none, or photos cannot be read here
        """
        self.check_access("create")
        if photo:
            lines = self._picture_lines(self._checked_picture(photo)[0])
            card = read_lines([Line(**line) for line in lines])
        elif file:
            card = read_code(decoded(self._from_base64(file, MOST_FILE_BYTES)))
        else:
            card = read_code(text if isinstance(text, str) else "")
        if not card and not card.rest:
            raise UserError(
                self.env._("Nothing was found on this card. Try again with more light, or type the lead in.")
            )
        values = self._prepare_card_values(card)
        [looked] = self._look_before([values], "card")
        return {"values": values, "known": looked.message if looked.code in KNOWN else ""}

    def keep_card(self, photo):
        """Attach the photo of its card to the lead that the caller has just made.

        :param str photo: a JPEG, PNG or WebP picture in base64
        :returns: id of the attachment
        :raises UserError: the picture is too large or none
        """
        self.ensure_one()
        self.check_access("read")
        if self.create_uid != self.env.user:
            self.check_access("write")
        data, mimetype = self._checked_picture(photo)
        attachment = self.env["ir.attachment"].sudo().create(
            {
                "name": self.env._("Business Card") + "." + mimetype.partition("/")[2],
                "raw": data,
                "mimetype": mimetype,
                "res_model": self._name,
                "res_id": self.id,
            }
        )  # fmt: skip
        return attachment.id

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    @api.model
    def _prepare_card_values(self, card):
        """The values of a lead that a card speaks of; override to fill fields of your own.

        :param card: ``rules.card.Card``
        """
        country = self._card_country(card.country)
        values = {
            "name": " · ".join(filter(None, (card.company, card.name)))
            or next(filter(None, (*card.phones, card.email, card.website, card.wechat)), ""),
            "contact_name": card.name,
            "function": card.title,
            "partner_name": card.company,
            "phone": card.phones[0] if card.phones else "",
            "email_from": card.email,
            "website": card.website,
            "wechat": card.wechat,
            "street": card.address,
            "city": card.city,
            "zip": card.zip,
            "country_id": country.id,
            "state_id": self._card_state(card.state, country).id,
            "description": "\n".join([*card.phones[1:], *card.rest]),
        }
        return {name: value for name, value in values.items() if value}

    @api.model
    def _card_country(self, text):
        """The country with this name or code, in the user's language, in English or in Chinese."""
        Country = self.env["res.country"]
        if not text:
            return Country
        if len(text) == 2:
            return Country.search([("code", "=", text.upper())], limit=1)
        for lang in {self.env.lang or "en_US", "en_US", "zh_CN"}:
            if found := Country.with_context(lang=lang).search([("name", "=ilike", text)], limit=1):
                return found.with_env(self.env)
        return Country

    @api.model
    def _card_state(self, text, country):
        State = self.env["res.country.state"]
        if not text:
            return State
        country = country or self.env.company.country_id
        found = State.search([("country_id", "=", country.id), ("name", "=ilike", f"{text}%")], limit=2)
        return found if len(found) == 1 else State

    # ------------------------------------------------------------
    # PICTURES
    # ------------------------------------------------------------

    @api.model
    def _from_base64(self, text, most):
        """The bytes, unless there are more of them than allowed."""
        if not isinstance(text, str) or len(text) > most * 4 // 3 + 4:
            raise UserError(self.env._("This file is larger than %s MB. Choose a smaller one.", most >> 20))
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise UserError(self.env._("This file could not be read. Choose another one.")) from error

    @api.model
    def _checked_picture(self, photo):
        """``(bytes, mimetype)`` of a picture of which only the head was looked at: what it would take to decode it is
        known before it is done."""
        data = self._from_base64(photo, MOST_BYTES)
        try:
            with Image.open(io.BytesIO(data), formats=list(FORMATS)) as image:
                size, mimetype = image.size, FORMATS[image.format]
        except Image.DecompressionBombError:
            size, mimetype = (MOST_PIXELS, 2), ""
        except Exception as error:  # whatever a broken picture makes Pillow raise
            raise UserError(self.env._("This is no JPEG, PNG or WebP picture. Take the photo again.")) from error
        if size[0] * size[1] > MOST_PIXELS:
            raise UserError(
                self.env._("This picture has more than %s megapixels. Choose a smaller one.", MOST_PIXELS // 1_000_000)
            )
        return data, mimetype

    @api.model
    def _card_python(self):
        return self.env["ir.config_parameter"].sudo().get_param(READER_PYTHON) or sys.executable

    @api.model
    def _card_reader_obstacle(self):
        """Why photos cannot be read here and what the reader can do about it, in a sentence; ``""`` when they can.

        How it is added, and where the server's Python lies, is for its administrators.
        """
        python = self._card_python()
        try:
            found = subprocess.run([python, READER, "--check"], env=self._reader_env(), timeout=10, capture_output=True)  # noqa: S603
            missing = found.returncode
        except (OSError, subprocess.TimeoutExpired):
            missing = True
        if not missing:
            return ""
        if not self.env.user.has_group("base.group_system"):
            return self.env._(
                "Photos of cards cannot be read here yet. Scan the card's QR code, or type what it says; your "
                "administrator can add it (Settings, Lead Pool, Intake)."
            )
        return self.env._(
            "Photos of cards cannot be read on this server yet. Add it with: %(command)s",
            command=f"{python} -m pip install rapidocr-onnxruntime",
        )

    @api.model
    def _reader_env(self):
        """No secret of the server is in the environment of what looks at a picture from outside."""
        return {
            name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "HOME") if name in os.environ
        } | {
            "OMP_NUM_THREADS": "2",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @api.model
    def _picture_lines(self, data):
        """The lines of text in a picture, read in a process of its own with an end in time and memory.

        :param bytes data: a picture whose head was checked
        :returns: list of dicts with the names of ``rules.card.Line``
        """
        if not self._reader_is_free():
            raise UserError(self.env._("Other cards are being read right now. Try again in some seconds."))
        try:
            answer = subprocess.run(  # noqa: S603
                [self._card_python(), READER],
                input=data,
                env=self._reader_env(),
                timeout=READER_SECONDS,
                capture_output=True,
                check=True,
            )
            return json.loads(answer.stdout)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            _logger.info("A card could not be read: %s %s", error, (getattr(error, "stderr", None) or b"")[-2000:])
            obstacle = self._card_reader_obstacle()
            message = self.env._("This photo could not be read. Take it again, closer and with more light.")
            raise UserError(obstacle or message) from error

    @api.model
    def _reader_is_free(self):
        """Take one of the places of the reader until this transaction ends."""
        for place in range(READERS):
            [[free]] = self.env.execute_query(
                SQL("SELECT pg_try_advisory_xact_lock(hashtext('lead_pool.card_reader'), %s)", place)
            )
            if free:
                return True
        return False
