import sys
sys.path[:0]=['/work/main/tests','/work/main/tests/acceptance']
import json
from test_leaks import *
def test_dbg(sea):
    c = Crawler(sea, "boss")
    orig = c.keep
    def keep(label, resp):
        r = orig(label, resp)
        t = resp.text
        if '"error"' in t[:80] or resp.status_code>=400:
            try: m = resp.json()["error"]["data"]; print("ERR", label[:90], "=>", m["name"], m["message"][:200])
            except Exception: print("ERR", label[:120], resp.status_code, t[:200])
        return r
    c.keep = keep
    c.everything()
