"""A lead file like those of a company that sells online courses: the same columns, size and unevenness, seeded."""

import csv
import random

COLUMNS = (
    "External ID,Name,Contact Name,Phone,Email,Company Name,Lead Number,Lead Origin,Lead Source,Do Not Email,"
    "Converted,TotalVisits,Last Activity,Country,Specialization,Tags,Lead Quality,City"
).split(",")
#: {column: {value: weight}}
VALUES = {
    "Lead Origin": {"Landing Page Submission": 53, "API": 39, "Lead Add Form": 8},
    "Lead Source": {
        "Google": 31, "Direct Traffic": 28, "Olark Chat": 19, "Organic Search": 12, "Reference": 6,
        "Referral Sites": 2, "Facebook": 1, "": 1,
    },
    "Country": {"India": 70, "": 26, "United States": 1, "Singapore": 1, "Russia": 1, "unknown": 1},
    "Specialization": {
        "": 37, "Finance Management": 10, "Human Resource Management": 9, "Marketing Management": 9,
        "Operations Management": 6, "Business Administration": 5, "Banking, Investment And Insurance": 4,
        "Media and Advertising": 3, "Travel and Tourism": 3, "International Business": 2, "E-COMMERCE": 1,
    },
    "Tags": {
        "": 36, "Will revert after reading the email": 22, "Ringing": 13, "Interested in other courses": 6,
        "Already a student": 5, "switched off": 3, "Busy": 2, "invalid number": 1,
    },
    "Lead Quality": {"": 52, "Might be": 17, "Not Sure": 12, "High in Relevance": 7, "Worst": 6, "Low in Relevance": 6},
    "City": {"": 40, "Mumbai": 35, "Thane & Outskirts": 8, "Other Cities": 8, "Tier II Cities": 1},
    "Last Activity": {"Email Opened": 50, "SMS Sent": 30, "Olark Chat Conversation": 10, "": 10},
    "Do Not Email": {"No": 92, "Yes": 8},
    "Converted": {"0": 61, "1": 39},
}  # fmt: skip
FIRST = "Aarav Reyansh Diya Isha Kabir Meera 丽 伟 芳 强 敏 静 洋 艳".split()
LAST = "Sharma Iyer Patel Nair 王 李 张 刘 陈 赵".split()


def write(path, number, seed=9240):
    """Write `number` leads to `path`."""
    dice = random.Random(seed)
    columns = {name: (list(weights), list(weights.values())) for name, weights in VALUES.items()}
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for i in range(number):
            row = {name: dice.choices(values, weights)[0] for name, (values, weights) in columns.items()}
            contact = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
            writer.writerow(
                {
                    "External ID": f"generated.{i:06}-{dice.getrandbits(32):08x}",
                    "Name": f"Lead {600000 + i}",
                    "Contact Name": contact,
                    "Phone": f"+91 88{dice.randrange(10**8):08}" if i % 2 else f"+86 139{dice.randrange(10**8):08}",
                    "Email": f"lead{i}@example.{dice.choice(['com', 'org', 'net'])}",
                    "Company Name": f"Company {dice.randrange(2000)} Ltd" if dice.random() < 0.4 else "",
                    "Lead Number": 600000 + i,
                    "TotalVisits": dice.randrange(12),
                    **row,
                }
            )
