"""A lead file like those of a company that sells online courses: the same columns, size and unevenness, seeded."""

import csv
import random

COLUMNS = (
    "External ID,Name,Contact Name,Phone,Email,Company Name,Lead Number,Lead Origin,Lead Source,Do Not Email,"
    "Do Not Call,Converted,TotalVisits,Total Time Spent on Website,Page Views Per Visit,Last Activity,Country,"
    "Specialization,How did you hear about X Education,What is your current occupation,"
    "What matters most to you in choosing a course,Search,Magazine,Newspaper Article,X Education Forums,Newspaper,"
    "Digital Advertisement,Through Recommendations,Receive More Updates About Our Courses,Tags,Lead Quality,"
    "Update me on Supply Chain Content,Get updates on DM Content,Lead Profile,City,Asymmetrique Activity Index,"
    "Asymmetrique Profile Index,Asymmetrique Activity Score,Asymmetrique Profile Score,"
    "I agree to pay the amount through cheque,A free copy of Mastering The Interview,Last Notable Activity"
).split(",")
#: Columns in which nearly everybody says no.
SELDOM = (
    "Do Not Call,Search,Magazine,Newspaper Article,X Education Forums,Newspaper,Digital Advertisement,"
    "Through Recommendations,Receive More Updates About Our Courses,Update me on Supply Chain Content,"
    "Get updates on DM Content,I agree to pay the amount through cheque"
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
    "How did you hear about X Education": {"": 78, "Online Search": 12, "Word Of Mouth": 6, "Other": 4},
    "What is your current occupation": {"": 29, "Unemployed": 60, "Working Professional": 8, "Student": 3},
    "What matters most to you in choosing a course": {"": 29, "Better Career Prospects": 70, "Other": 1},
    "Lead Profile": {"": 74, "Potential Lead": 17, "Other Leads": 6, "Dual Specialization Student": 3},
    "Asymmetrique Activity Index": {"": 46, "02.Medium": 41, "01.High": 9, "03.Low": 4},
    "Asymmetrique Profile Index": {"": 46, "02.Medium": 30, "01.High": 23, "03.Low": 1},
    "Asymmetrique Activity Score": {"": 46, "14": 20, "15": 14, "13": 20},
    "Asymmetrique Profile Score": {"": 46, "15": 20, "18": 14, "16": 20},
    "A free copy of Mastering The Interview": {"No": 69, "Yes": 31},
    "Last Notable Activity": {"Modified": 37, "Email Opened": 31, "SMS Sent": 24, "Page Visited on Website": 8},
    "Do Not Email": {"No": 92, "Yes": 8},
    **{name: {"No": 999, "Yes": 1} for name in SELDOM},
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
                    "Total Time Spent on Website": dice.randrange(2300),
                    "Page Views Per Visit": dice.choice(["", "0", "1", "2.5", "3.33", "4"]),
                    **row,
                }
            )
