"""Photos of business cards through the real reader, in a Python of its own that has it from PyPI."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from lead_pool.rules.card import Line, read_lines

READER = Path(__file__).parents[2] / "lead_pool" / "reader" / "read_picture.py"
UPRIGHT, TURNED = 1, 6  # orientation as a camera notes it

CHINESE = [
    (60, 50, 40, "星河机器人（北京）有限公司"),
    (60, 150, 64, "张晓明"),
    (300, 176, 32, "销售总监"),
    (60, 300, 28, "手机：138 0013 8000"),
    (560, 300, 28, "传真：010-65529989"),
    (60, 350, 28, "电话：010-65529988"),
    (60, 400, 28, "邮箱：zhangxm@xinghe.com.cn"),
    (60, 450, 28, "网址：www.xinghe.com.cn"),
    (60, 500, 28, "地址：北京市朝阳区建国路88号A座1201室"),
    (60, 550, 28, "微信：zhangxm_88"),
]
ENGLISH = [
    (60, 50, 40, "ACME Robotics Inc."),
    (60, 150, 60, "John Smith"),
    (60, 230, 30, "Vice President of Sales"),
    (60, 320, 28, "Mobile: +1 415 555 2671"),
    (60, 365, 28, "Fax: +1 415 555 2699"),
    (60, 410, 28, "john.smith@acmerobotics.com"),
    (60, 455, 28, "www.acmerobotics.com"),
    (60, 500, 28, "500 Howard Street, Suite 300, San Francisco, CA 94105, USA"),
]
BILINGUAL = [
    (60, 40, 36, "宁波明亮照明有限公司"),
    (60, 90, 26, "Ningbo Bright Lighting Co., Ltd."),
    (60, 170, 56, "陈丽丽"),
    (300, 190, 28, "总经理"),
    (60, 250, 28, "Lily Chen"),
    (300, 250, 28, "General Manager"),
    (60, 340, 28, "手机 Mobile: 139 0574 1234"),
    (60, 390, 28, "邮箱 Email: lily@brightlighting.cn"),
    (60, 440, 28, "地址: 宁波市高新区江南路8号"),
]

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """A Python with the reader, as an administrator adds it."""
    folder = tmp_path_factory.mktemp("reader")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "pip", "install", "-q", "rapidocr-onnxruntime"], check=True)
    return folder / "bin" / "python"


def photo(rows, orientation=UPRIGHT):
    font = subprocess.run(
        ["fc-match", "-f", "%{file}", "Noto Sans CJK SC"], capture_output=True, text=True, check=True
    ).stdout
    image = Image.new("RGB", (1050, 640), "white")
    for left, top, size, text in rows:
        ImageDraw.Draw(image).text((left, top), text, fill="#222", font=ImageFont.truetype(font, size))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    (image.rotate(90, expand=True) if orientation == TURNED else image).save(stream, "JPEG", exif=exif)
    return stream.getvalue()


def read(python, data):
    answer = subprocess.run([python, READER], input=data, capture_output=True, check=True, timeout=60)
    return read_lines([Line(**line) for line in json.loads(answer.stdout)])


def test_a_chinese_card_held_sideways(python):
    card = read(python, photo(CHINESE, TURNED))
    assert (card.name, card.title, card.company) == ("张晓明", "销售总监", "星河机器人(北京)有限公司")
    assert [phone.replace(" ", "") for phone in card.phones] == ["13800138000", "010-65529988"]
    assert (card.email, card.website, card.wechat) == ("zhangxm@xinghe.com.cn", "www.xinghe.com.cn", "zhangxm_88")
    assert (card.address, card.city) == ("北京市朝阳区建国路88号A座1201室", "北京市")


def test_an_english_card(python):
    card = read(python, photo(ENGLISH))
    assert (card.name, card.title, card.company) == ("John Smith", "Vice President of Sales", "ACME Robotics Inc.")
    assert [phone.replace(" ", "") for phone in card.phones] == ["+14155552671"]
    assert (card.email, card.website) == ("john.smith@acmerobotics.com", "www.acmerobotics.com")
    assert "Howard" in card.address


def test_a_card_in_two_languages(python):
    card = read(python, photo(BILINGUAL))
    assert (card.name, card.title, card.company) == ("陈丽丽", "总经理", "宁波明亮照明有限公司")
    assert [phone.replace(" ", "") for phone in card.phones] == ["13905741234"]
    assert (card.email, card.city) == ("lily@brightlighting.cn", "宁波市")


def test_what_is_no_picture_ends_the_reader(python):
    for data in (b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 99, b"GIF89a"):
        answer = subprocess.run([python, READER], input=data, capture_output=True, timeout=60)
        assert answer.returncode
