"""Which region of its country does a number come from, by what the tables of numbers say of it?

>>> china = [(1, "冀", "河北省"), (2, "京", "北京市"), (3, "桂", "广西壮族自治区")]
>>> state_of("河北省唐山市", china), state_of("北京市", china), state_of("广西南宁市", china), state_of("中国", china)
(1, 2, 3, 0)
>>> state_of("San Francisco, CA", [(7, "CA", "California")]), state_of("Berlin", [(8, "DE-BE", "Berlin")])
(7, 8)
"""

import re

#: Country codes of numbers whose region and carrier are said in Chinese; of all others in English.
IN_CHINESE = (86, 852, 853, 886)
KIND_OF_REGION = re.compile("(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)$")


def state_of(region, states):
    """The state that a region lies in.

    :param region: in words, e.g. ``河北省唐山市`` or ``San Francisco, CA``
    :param states: ``[(id, code, name)]`` of the number's country
    :returns: id, 0 when none is meant
    """
    place, _comma, code = region.rpartition(", ")
    for state_id, state_code, name in states:
        short = KIND_OF_REGION.sub("", name)
        if short and (region == name or place and code in (state_code, name)):
            return state_id
        if short != name and region.startswith(short):
            return state_id
    return 0
