"""The parts of a country that sell apart from each other, for a pool each.

>>> parts_of("CN")["north"]
('BJ', 'TJ', 'HE', 'SX', 'NM')
>>> parts_of("DE")
{}
"""

#: Country -> part -> its states: the external ids of ``base`` end in them for China, elsewhere these are their codes.
PARTS = {
    "CN": {
        "north": "BJ TJ HE SX NM",
        "northeast": "LN JL HL",
        "east": "SH JS ZJ AH FJ JX SD",
        "central": "HA HB HN",
        "south": "GD GX HI HK MO",
        "southwest": "CQ SC GZ YN XZ",
        "northwest": "SN GS QH NX XJ",
    },
    # the four regions of the Census Bureau
    "US": {
        "northeast": "CT ME MA NH RI VT NJ NY PA",
        "midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
        "south": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
        "west": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
    },
}


def parts_of(country):
    """The parts of a country and their states.

    :param str country: its two-letter code
    :returns: ``{part: (state, …)}``, empty for a country that is sold to as a whole
    """
    return {part: tuple(states.split()) for part, states in PARTS.get(country, {}).items()}
