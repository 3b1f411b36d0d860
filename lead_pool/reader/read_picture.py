"""Read the text of a picture, in a process of its own: the picture on stdin, its lines as JSON on stdout.

Run by any Python that has ``rapidocr-onnxruntime``; its models are in the package, so that nothing goes over a network.
Not imported by the server: it costs some 600 MB for some seconds, and a picture comes from outside.

    python read_picture.py < card.jpg    [{"text": "张晓明", "left": 40, "top": 60, "right": 160, "height": 60}, …]
    python read_picture.py --check       exit code 0 when it could
"""

import importlib.util
import io
import json
import os
import resource
import sys

LONGEST_SIDE = 1800  # pixels; letters of a card are 20 and more then
MOST_PIXELS = 64_000_000  # before scaling down
MEMORY = 3 << 30  # bytes of address space, of which about a fifth is used
SECONDS = 60  # of the processor, whatever whoever waits for the answer does
FORMATS = ("JPEG", "PNG", "WEBP")
SUREST = 0.5  # below, a line is a logo or a pattern


def picture(data):
    """The picture as an array, upright and not larger than needed."""
    import numpy
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2  # Pillow refuses twice as many
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded at the size that is needed
        image = ImageOps.exif_transpose(image)
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return numpy.asarray(image.convert("RGB"))[:, :, ::-1]


def lines(data):
    from rapidocr_onnxruntime import RapidOCR

    found, _seconds = RapidOCR()(picture(data))
    for corners, text, sure in found or []:
        if float(sure) < SUREST:
            continue
        across, down = zip(*corners, strict=True)
        yield {
            "text": text,
            "left": float(min(across)),
            "top": float(min(down)),
            "right": float(max(across)),
            "height": float(max(down) - min(down)),
        }


def main():
    if "--check" in sys.argv:
        return int(importlib.util.find_spec("rapidocr_onnxruntime") is None)
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS), (resource.RLIMIT_CORE, 0)):
        _soft, hard = resource.getrlimit(limit)
        resource.setrlimit(limit, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not stand in the answer
    json.dump(list(lines(sys.stdin.buffer.read())), answer, ensure_ascii=False)
    answer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
