"""A real Chromium on a page of a real server, driven over its devtools; several at once, each with its own session."""

import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.request

import websocket

#: As Odoo looks for it.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
SWITCHES = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-extensions --no-first-run "
    "--disable-background-networking --disable-background-timer-throttling --disable-renderer-backgrounding "
    "--disable-backgrounding-occluded-windows --mute-audio --remote-debugging-port=0 --window-size=1366,768"
).split()
PATIENT = 120  # seconds: a busy machine may take its time, and no test asks how long it took
#: JavaScript: false while a page loads, else how far it has come.
_STILL = """document.readyState === "complete" && !document.querySelector(".o_loading_indicator, .o_blockUI")
    && [...document.images].every((image) => image.complete)
    && `${document.body.innerHTML.length} ${performance.getEntriesByType("resource").length}`"""


class Screen:
    """What a person sees who is logged in.

    :param OdooServer server:
    :param department.Browser person: whose session it is
    """

    def __init__(self, server, person):
        self.url = server.url
        executable = next(filter(None, map(shutil.which, NAMES)), None)
        assert executable, "there is no Chromium"
        self.folder = tempfile.mkdtemp(prefix="screen-")
        self.process = subprocess.Popen(
            [executable, *SWITCHES, f"--user-data-dir={self.folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.number, self.dropped, self.problems = 0, [], []
        self.socket = websocket.create_connection(self._address(), suppress_origin=True, timeout=PATIENT)
        for domain in ("Page", "Runtime", "Network"):
            self.send(f"{domain}.enable")
        for cookie in person.session.cookies:
            self.send("Network.setCookie", name=cookie.name, value=cookie.value, url=self.url, httpOnly=True)

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # what a person does -----------------------------------------------------------------------------

    def open(self, path, sign):
        """Go to a page and wait until a selector is there."""
        self.send("Page.navigate", url=self.url + path)
        self.wait(sign)

    def reload(self, sign):
        self.evaluate("window.isOldPage = true")
        self.send("Page.reload")
        self.wait_until("!window.isOldPage")
        self.wait(sign)

    def wait(self, selector, text="", inside=None):
        """Until there is such an element, with this text, in one that is described in the same way."""
        self.wait_until(f"{_found(selector, text, inside)}.length")

    def wait_gone(self, selector, text="", inside=None):
        self.wait_until(f"!{_found(selector, text, inside)}.length")

    def click(self, selector, text="", inside=None):
        self.wait(selector, text, inside)
        self.evaluate(f"{_found(selector, text, inside)}[0].click()")

    def write(self, selector, text):
        self.wait(selector)
        self.evaluate(
            f"""{{ const field = document.querySelector({json.dumps(selector)});
                  field.focus();
                  field.value = {json.dumps(text)};
                  field.dispatchEvent(new InputEvent("input", {{ bubbles: true }}));
                  field.dispatchEvent(new Event("change", {{ bubbles: true }})); }}"""
        )

    def press(self, key, selector=None):
        """Without a mouse: Enter or Tab, on such an element or on what has the focus."""
        if selector:
            self.wait(selector)
            self.evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        about = {"key": key, "code": key, "windowsVirtualKeyCode": {"Enter": 13, "Tab": 9}[key]}
        self.send("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": "\r"} if key == "Enter" else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    # what it looks like -------------------------------------------------------------------------------

    def size(self, width, height, scale=1, touch=False):
        """As large as so many points; with `touch` as a phone."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=touch
        )
        self.send("Emulation.setTouchEmulationEnabled", enabled=touch)

    def wait_still(self):
        """Until nothing is loaded or drawn any more, as far as a page tells."""
        until, before = time.monotonic() + PATIENT, None
        while time.monotonic() < until:
            now = self.evaluate(_STILL)
            if now and now == before:
                return
            before = now
            time.sleep(0.6)
        raise AssertionError("the page never came to rest")

    def picture(self):
        """What is shown now: bytes of a PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])

    # the network --------------------------------------------------------------------------------------

    def cut(self):
        """Nothing goes out or comes in any more."""
        self._network(offline=True)

    def mend(self):
        self._network(offline=False)
        self.send("Fetch.disable")

    def drop_answers(self, address):
        """The server does what this address asks for, but its answer gets lost on the way; counted in `dropped`."""
        self.send("Fetch.enable", patterns=[{"urlPattern": address, "requestStage": "Response"}])

    def _network(self, offline):
        speed = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.send("Network.emulateNetworkConditions", offline=offline, **speed)

    # devtools -----------------------------------------------------------------------------------------

    def evaluate(self, code):
        """The value of JavaScript in the page; a promise is waited for."""
        answer = self.send("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_until(self, condition):
        until = time.monotonic() + PATIENT
        while not self.evaluate(f"Boolean({condition})"):
            if time.monotonic() > until:
                shown = self.evaluate("document.body.innerText")
                raise AssertionError(f"waited for {condition}; the page says:\n{shown}\n{self.problems}")
            time.sleep(0.05)

    def send(self, method, **parameters):
        number = self._post(method, parameters)
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                assert "error" not in message, (method, message["error"])
                return message["result"]
            self._happened(message)

    def _post(self, method, parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        return self.number

    def _happened(self, message):
        if message.get("method") == "Fetch.requestPaused":
            paused = message["params"]
            self.dropped.append(paused["request"]["url"])
            self._post("Fetch.failRequest", {"requestId": paused["requestId"], "errorReason": "ConnectionReset"})
        elif message.get("method") == "Runtime.exceptionThrown":
            self.problems.append(message["params"]["exceptionDetails"])

    def _address(self):
        port_file = pathlib.Path(self.folder, "DevToolsActivePort")
        until = time.monotonic() + PATIENT
        while time.monotonic() < until and self.process.poll() is None:
            if port_file.exists() and (port := port_file.read_text().partition("\n")[0]):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENT) as answer:
                    pages = [target for target in json.load(answer) if target["type"] == "page"]
                if pages:
                    return pages[0]["webSocketDebuggerUrl"]
            time.sleep(0.05)
        raise AssertionError("Chromium did not start")


def _found(selector, text, inside):
    """JavaScript: the elements meant."""
    around = _found(*inside, None) if inside else "[document]"
    return (
        f"{around}.flatMap((el) => [...el.querySelectorAll({json.dumps(selector)})])"
        f".filter((el) => el.innerText.includes({json.dumps(text)}))"
    )
