"""Drives a headless Chromium: opens a page, types, clicks, takes pictures, and collects what it complains about.

It speaks the DevTools protocol over two pipes, so nothing listens on a port, and the browser ends when we do: it is a
process group of its own, ended by its id in close(), and it reads an end of file when we die.
"""
import base64
import itertools
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome-headless-shell")

# What a key is called, its code, and the number that old code reads.
KEYS = {
    "ArrowLeft": ("ArrowLeft", 37), "ArrowUp": ("ArrowUp", 38), "ArrowRight": ("ArrowRight", 39),
    "ArrowDown": ("ArrowDown", 40), "Home": ("Home", 36), "End": ("End", 35), "Enter": ("Enter", 13),
    "Escape": ("Escape", 27), "/": ("Slash", 191), "?": ("Slash", 191),
}


def find():
    """The path of a Chromium, or None."""
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return None


class PageError(Exception):
    """The page, or the browser, said that something is wrong."""


class Browser:
    def __init__(self, width=1440, height=900, dark=False):
        path = find()
        if path is None:
            raise PageError("no Chromium: install Debian's package chromium")
        self.folder = tempfile.mkdtemp(prefix="gort-chromium.")
        to_child, self.write_end = os.pipe()
        self.read_end, from_child = os.pipe()

        def ends():
            # The protocol wants 3 to read from and 4 to write to. First out of the way of each other.
            a, b = os.dup(to_child), os.dup(from_child)
            while a in (3, 4):
                a = os.dup(a)
            while b in (3, 4):
                b = os.dup(b)
            os.dup2(a, 3)
            os.dup2(b, 4)

        arguments = [
            path, "--headless=new", "--remote-debugging-pipe", "--user-data-dir=" + self.folder, "--no-first-run",
            "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--mute-audio", "--hide-scrollbars",
            "--force-color-profile=srgb", "--window-size=%d,%d" % (width, height),
            # The pages are ours; and its sandbox wants what root, and many a container, does not give it.
            "--no-sandbox"]
        self.errors = open(os.path.join(self.folder, "stderr"), "wb")
        self.process = subprocess.Popen(
            arguments + ["about:blank"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors,
            preexec_fn=ends, close_fds=False, start_new_session=True,
            env=dict(os.environ, HOME=self.folder, XDG_CONFIG_HOME=self.folder, XDG_CACHE_HOME=self.folder))
        os.close(to_child)
        os.close(from_child)
        os.set_inheritable(self.write_end, False)
        self.numbers = itertools.count(1)
        self.buffer = b""
        self.session = None
        self.complaints = []
        try:
            self.begin(width, height, dark)
        except BaseException:
            self.close()
            raise

    def begin(self, width, height, dark):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(domain + ".enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.scheme(dark)

    # ---- the protocol

    def receive(self, seconds):
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise PageError("the browser does not answer for %d s" % seconds)
            piece = os.read(self.read_end, 1 << 20)
            if not piece:
                raise PageError("the browser has ended")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, seconds=60, **parameters):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.write_end, data):]
        while True:
            answer = self.receive(seconds)
            if answer.get("id") == number:
                if "error" in answer:
                    raise PageError("%s: %s" % (method, answer["error"].get("message")))
                return answer["result"]
            self.event(answer)

    def event(self, event):
        what, p = event.get("method"), event.get("params", {})
        if what == "Runtime.exceptionThrown":
            details = p["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details.get("text"))
        elif what == "Runtime.consoleAPICalled" and p["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(a.get("value", a.get("description"))) for a in p["args"]))
        elif what == "Log.entryAdded" and p["entry"]["level"] in ("error", "warning"):
            self.complaints.append(p["entry"]["text"])

    # ---- what a reader does

    def scheme(self, dark):
        self.call("Emulation.setEmulatedMedia",
                  features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, path):
        """Opens a file, and waits until the page says that it is ready. Returns the seconds that it took."""
        began = time.monotonic()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while True:
            if self.evaluate("document.body !== null && document.body.dataset.ready === 'yes'"):
                return time.monotonic() - began
            if self.complaints:
                raise PageError(self.complaints[0])
            if time.monotonic() - began > 60:
                raise PageError("the page is not ready after 60 s")
            time.sleep(0.01)

    def evaluate(self, expression, wait=False):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=wait)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise PageError("%s: %s" % (expression, details.get("exception", {}).get("description")))
        return result["result"].get("value")

    def text(self, selector):
        return self.evaluate("document.querySelector(%s)?.innerText" % json.dumps(selector))

    def key(self, key, shift=False, hold=0):
        code, number = KEYS.get(key, ("Key" + key.upper(), ord(key.upper()[0])))
        common = dict(key=key, code=code, windowsVirtualKeyCode=number, modifiers=8 if shift else 0)
        text = {"text": "\r"} if key == "Enter" else {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        if hold:
            time.sleep(hold)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)
        self.frame()

    def type(self, text):
        self.call("Input.insertText", text=text)

    def click(self, x, y, count=1):
        for what in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=what, x=x, y=y, button="left", clickCount=count)
        self.frame()

    def move(self, x, y):
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.frame()

    def click_on(self, selector, index=0):
        box = self.evaluate(
            "(() => { const e = document.querySelectorAll(%s)[%d]; if (!e) return null; e.scrollIntoView({block: 'nearest'});"
            " const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
            % (json.dumps(selector), index))
        if box is None:
            raise PageError("nothing to click on: " + selector)
        self.click(*box)

    def frame(self):
        """Waits for two frames: what was asked for is drawn."""
        self.evaluate("new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(() => f(1))))", wait=True)

    def picture(self, path=None):
        """A PNG of what is seen."""
        png = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        if path:
            with open(path, "wb") as file:
                file.write(png)
        return png

    def close(self):
        if self.process.poll() is None:
            try:
                self.session = None
                self.call("Browser.close", seconds=5)
            except (PageError, OSError):
                pass
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                pass
        # Its children, should one be left.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for end in (self.write_end, self.read_end):
            os.close(end)
        self.errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
