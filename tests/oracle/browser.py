"""A headless Chromium, driven by keys as an annotator would; skipped by name where none works."""

import os
import pathlib
import shutil

import pytest

# Of every text on the page: the contrast with what is behind it (WCAG 2.1), the least first.
CONTRAST = """
const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) =>
  c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const parts = (color) => (color.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
const back = (node) => {
  for (; node; node = node.parentElement) {
    const color = parts(getComputedStyle(node).backgroundColor);
    if (color.length === 3 || color[3] > 0) return color;
  }
  return [255, 255, 255];
};
const out = [];
for (const node of document.querySelectorAll('body *')) {
  if (![...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
  if (node.getClientRects().length === 0 || node.tagName === 'NOSCRIPT') continue;
  let opacity = 1;
  for (let n = node; n; n = n.parentElement) opacity *= Number(getComputedStyle(n).opacity);
  const behind = back(node);
  const ink = parts(getComputedStyle(node).color).slice(0, 3)
    .map((c, i) => c * opacity + behind[i] * (1 - opacity));
  const [a, b] = [light(ink), light(behind)];
  out.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.textContent.slice(0, 40)]);
}
return out.sort((x, y) => x[0] - y[0]).slice(0, 3);
"""

DESKTOP, NARROW = (1200, 800), (390, 844)


def start():
    """A driver, or a skip that says why there is none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    from selenium.common.exceptions import WebDriverException
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no Chromium with its chromedriver (package chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                 "--hide-scrollbars", "--force-device-scale-factor=1"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    try:
        return webdriver.Chrome(options=options,
                                service=webdriver.ChromeService(executable_path=driver))
    except WebDriverException as error:
        pytest.skip(f"Chromium does not start here: {error.msg.splitlines()[0][:200]}")


class Page:
    def __init__(self, driver):
        self.driver = driver

    def open(self, project, name="Ann"):
        self.driver.get("about:blank")
        self.driver.get(project.address)
        self.wait("return document.querySelector('#name') !== null")
        self.driver.execute_script("document.querySelector('#name').value = ''")
        self.keys(name, "\ue007")
        self.wait("return document.querySelector('.item, .done') !== null")

    def script(self, source, *arguments):
        return self.driver.execute_script(source, *arguments)

    def wait(self, source, seconds=10):
        from selenium.webdriver.support.ui import WebDriverWait
        return WebDriverWait(self.driver, seconds, poll_frequency=0.02).until(
            lambda _: self.script(source))

    def keys(self, *keys):
        """To whatever has the focus, as a keyboard does."""
        from selenium.webdriver.common.action_chains import ActionChains
        for key in keys:
            ActionChains(self.driver, duration=0).send_keys(key).perform()

    def chord(self, *keys):
        """The keys but the last are held down."""
        from selenium.webdriver.common.action_chains import ActionChains
        chain = ActionChains(self.driver, duration=0)
        for key in keys[:-1]:
            chain = chain.key_down(key)
        chain = chain.send_keys(keys[-1])
        for key in keys[:-1]:
            chain = chain.key_up(key)
        chain.perform()

    def text(self, selector):
        return self.script("return document.querySelector(arguments[0])?.textContent ?? null",
                           selector)

    def status(self, words):
        self.wait(f"return document.querySelector('#status').textContent.includes({words!r})")

    def size(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def scheme(self, name):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": name}]})

    def picture(self, name):
        """Kept where FETTLE_SCREENSHOTS says."""
        folder = os.environ.get("FETTLE_SCREENSHOTS")
        if folder:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            self.driver.save_screenshot(str(pathlib.Path(folder, name + ".png")))

    def check_looks(self, name):
        """Pictures on both widths and schemes; contrast AA; nothing wider than the window."""
        for place, size in (("desktop", DESKTOP), ("narrow", NARROW)):
            self.size(*size)
            for scheme in ("light", "dark"):
                self.scheme(scheme)
                self.picture(f"{name}-{place}-{scheme}")
                for contrast, text in self.script(CONTRAST):
                    assert contrast >= 4.5, (name, place, scheme, contrast, text)
            wide = self.script("return document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, (name, place, wide)
        self.size(*DESKTOP)
        self.scheme("light")

    def errors(self):
        return [entry for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "/api/project" not in entry["message"]]
