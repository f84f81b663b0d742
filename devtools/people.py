"""The people of the browser tests and their actions, by the names that a screen reader would say.

Agents and customers have a browser context each, set to New York: times in WIB come from ROMS, not from the
machine.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect
from playwright.sync_api import Error as PageError

from devtools.system import System
from devtools.waiting import PATIENCE, until

PASSWORD = "four words stand here"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
#: React stores its handlers in a property of the element. Behind the login the page also needs its agent.
_IS_AT_WORK = """() => [...document.querySelectorAll("a, button, input")].some((each) =>
  Object.keys(each).some((key) => key.startsWith("__reactProps"))) &&
  (!/^\\/(inbox|queue|settings)/.test(location.pathname) || globalThis.roms?.agentId() > 0)"""
PHONE: ViewportSize = {"width": 390, "height": 844}


def wib_now() -> datetime:
    """The time in Jakarta."""
    return datetime.now(ZoneInfo("Asia/Jakarta"))


def click_at_once(*buttons: Locator) -> None:
    """Click in several pages at the same moment, by this machine's clock.

    A page is kept busy for the two seconds before: it can't learn of another one's click before its own.
    """
    at = buttons[0].evaluate("Date.now() + 4000")
    click = "while (Date.now() < at); button.click()"
    for button in buttons:
        button.evaluate(f"(button, at) => void setTimeout(() => {{ {click} }}, at - 2000 - Date.now())", at)


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, name: str, browser: Browser, base_url: str, viewport: ViewportSize = DESKTOP) -> None:
        self.name = name
        self._browser, self._base_url, self._viewport = browser, base_url, viewport
        self._context: BrowserContext | None = None
        self._page: Page | None = None
        #: Errors on the console.
        self.complaints: list[str] = []

    @property
    def page(self) -> Page:
        """The person's tab."""
        if self._page is None:
            self._context = self._browser.new_context(
                base_url=self._base_url, viewport=self._viewport, locale="en-GB", timezone_id="America/New_York"
            )
            self._context.set_default_timeout(PATIENCE * 1000)
            self._page = self._context.new_page()
            self._page.on("pageerror", lambda error: self.complaints.append(str(error)))
            self._page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        return self._page

    def _open(self, path: str) -> None:
        self.page.goto(path)
        until_at_work(self.page)

    def leave(self) -> None:
        """Close the person's browser."""
        if self._context:
            self._context.close()
        self._context = self._page = None

    def photograph(self, folder: Path, title: str) -> None:
        """Save a screenshot of the tab."""
        if self._page:
            self._page.screenshot(path=folder / f"{title}-{self.name}.png")
            said = "\n".join([self._page.url, *self.complaints])
            (folder / f"{title}-{self.name}.console.txt").write_text(said)

    def is_at(self, path: str, timeout: float = PATIENCE * 1000) -> None:
        """Wait until the address is `path` or below."""
        self.page.wait_for_url(re.compile(rf"{re.escape(self._base_url + path)}(/\d+)?/?$"), timeout=timeout)


def until_at_work(page: Page) -> None:
    """Wait until the opened page has its scripts and its agent. A click before that may be lost."""

    def look() -> bool:
        try:
            return bool(page.evaluate(_IS_AT_WORK))
        except PageError:
            # The page is being redirected.
            return False

    until(look, f"{page.url} to be at work")


class Agent(Person):
    """Somebody who answers customers."""

    @property
    def email(self) -> str:
        """The agent's email address."""
        return f"{self.name.lower()}@melati.test"

    def log_in(self) -> None:
        """Log in with the form."""
        self._open("/login")
        self.try_password(PASSWORD)
        self.is_at("/inbox")

    def try_password(self, password: str) -> None:
        """Fill in the shown login form and submit it."""
        self.page.get_by_role("textbox", name="Email").fill(self.email)
        self.page.get_by_role("textbox", name="Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()

    # ---- the list -----------------------------------------------------------
    @property
    def conversations(self) -> Locator:
        """The list of conversations."""
        return self.page.get_by_role("listbox", name="Conversations")

    @property
    def chats(self) -> Locator:
        """The rows of the list."""
        return self.conversations.get_by_role("option")

    def chat(self, name: str) -> Locator:
        """One customer's row."""
        return self.conversations.get_by_role("option", name=name, exact=True)

    def chat_names(self) -> list[str]:
        """The names of all rows."""
        return [row.get_attribute("aria-label") or "" for row in self.chats.all()]

    def tab(self, name: str) -> Locator:
        """The tab Mine, Unassigned or All."""
        return self.page.get_by_role("tab", name=name, exact=True)

    def choose_tab(self, name: str) -> None:
        """Show another list."""
        self.tab(name).click()
        expect(self.tab(name)).to_have_attribute("aria-selected", "true")

    def open_chat(self, name: str) -> None:
        """Show a customer's thread."""
        self.chat(name).click()
        expect(self.thread_heading).to_have_text(name)

    def is_live(self) -> None:
        """Wait until the badge shows that the page is live or how far it is behind."""
        expect(self.live_badge).to_have_text(re.compile("Live|s behind"))

    @property
    def live_badge(self) -> Locator:
        """The badge that shows how far the page is behind."""
        return self.page.get_by_role("status", name="Live", exact=True)

    # ---- the thread ---------------------------------------------------------
    @property
    def thread(self) -> Locator:
        """The thread of the open conversation."""
        return self.page.get_by_role("region", name="Conversation", exact=True)

    @property
    def thread_heading(self) -> Locator:
        """The heading with the contact's name."""
        return self.thread.get_by_role("heading", level=2)

    @property
    def contact_panel(self) -> Locator:
        """The contact panel."""
        return self.page.get_by_role("complementary", name="Customer")

    @property
    def log(self) -> Locator:
        """The log of messages."""
        return self.page.get_by_role("log", name="Messages")

    @property
    def composer(self) -> Locator:
        """The text box for replies."""
        return self.page.get_by_role("textbox", name="Message", exact=True)

    def send(self, text: str) -> None:
        """Write a reply, press Enter, and wait until ROMS has it."""
        self.try_to_send(text)
        expect(self.composer).to_have_value("")
        expect(self.message(text)).to_be_visible()

    def try_to_send(self, text: str) -> None:
        """Write a reply and press Enter, without waiting for the result."""
        self.composer.fill(text)
        self.composer.press("Enter")

    @property
    def no_answer(self) -> Locator:
        """The composer's error when the server did not accept a reply in time; the text is still in the box."""
        return self.page.get_by_role("alert").filter(has_text="The server has not answered yet")

    def message(self, text: str) -> Locator:
        """The bubble with exactly this text."""
        return self.log.locator("[data-message]").filter(has=self.page.get_by_text(text, exact=True))

    def tick_of(self, message: Locator) -> Locator:
        """The tick in the bubble's last line: sent, delivered or read."""
        return message.get_by_role("img")

    def time_of(self, message: Locator) -> str:
        """The time that the bubble shows."""
        return message.get_by_role("time").inner_text()

    def exact_time_of(self, message: Locator) -> str:
        """The time with date and zone, from the bubble's tooltip."""
        return message.get_by_role("time").get_attribute("title") or ""

    def shown_messages(self) -> list[tuple[bool, str]]:
        """All bubbles from the top: (whether it is ours, its text)."""
        read = "all => all.map(b => [b.classList.contains('roms-ours'), b.querySelector('.roms-text').textContent])"
        return [(is_ours, text) for is_ours, text in self.log.locator("[data-message]").evaluate_all(read)]

    # ---- oneself ------------------------------------------------------------
    def become(self, availability: str, *, answer: str = "Keep them") -> None:
        """Choose Available, Busy or Away in the profile menu. Away opens a dialog if the agent has open chats."""
        self.page.get_by_role("button", name=re.compile("^Profile")).click()
        self.page.get_by_role("menuitemradio", name=availability).click()
        done = self.page.locator(f"[aria-label='Profile, {availability}']")
        question = self.page.get_by_role("alertdialog", name="You are away")
        expect(done.or_(question).first).to_be_visible()
        if question.is_visible():
            question.get_by_role("button", name=answer).click()
        expect(done).to_be_visible()

    def choose_language(self, language: str) -> None:
        """Choose the language in the profile, from any current language."""
        self._open("/settings/profile")
        self.page.get_by_role("combobox", name=re.compile("Language|Bahasa")).select_option(language)
        self.page.get_by_role("button", name=re.compile("^(Save|Simpan)$")).click()
        code = "id" if language == "Bahasa Indonesia" else "en"
        expect(self.page.locator("html")).to_have_attribute("lang", code)

    def mark_page(self) -> None:
        """Set a mark on the page that a reload would remove."""
        self.page.evaluate("window.notReloaded = true")

    def is_same_page(self) -> bool:
        """Whether the mark is still there."""
        return bool(self.page.evaluate("window.notReloaded === true"))


class Admin(Agent):
    """Pairs numbers and runs the team."""

    def set_up(self) -> None:
        """Become the first admin. The admin is away, so customers go to the agents."""
        self._open("/")
        self.is_at("/setup")
        self.page.get_by_role("textbox", name="Name").fill(self.name)
        self.page.get_by_role("textbox", name="Email").fill(self.email)
        self.page.get_by_role("textbox", name="Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Create admin").click()
        self.is_at("/settings/whatsapp")
        self.become("Away")

    def add_demo_phone(self) -> None:
        """Add a demo phone in Settings → WhatsApp."""
        self.page.get_by_role("button", name="Add demo phone").click()

    @property
    def qr_code(self) -> Locator:
        """The text of the QR code."""
        return self.page.get_by_role("img", name="Pairing QR code")

    def drawn_qr(self) -> str:
        """The picture of the QR code."""
        return self.qr_code.get_attribute("src") or ""

    def add_agent(self, agent: Agent) -> None:
        """In Settings → Team."""
        self._open("/settings/team")
        self.page.get_by_role("button", name="Add agent").click()
        dialog = self.page.get_by_role("dialog", name="Add agent")
        dialog.get_by_role("textbox", name="Name").fill(agent.name)
        dialog.get_by_role("textbox", name="Email").fill(agent.email)
        dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Add").click()
        expect(self.page.get_by_role("listitem", name=agent.name)).to_be_visible()

    def deactivate(self, agent: Agent) -> None:
        """In Settings → Team."""
        self._open("/settings/team")
        self.page.get_by_role("listitem", name=agent.name).get_by_role("button", name="Deactivate").click()
        self.page.get_by_role("alertdialog").get_by_role("button", name="Deactivate").click()


class BusinessPhone(Person):
    """The business's own phone: the tab `Business phone` of the simulator's /phone."""

    #: The id of the demo phone that was added first.
    key = "1"

    def open(self, address: str) -> None:
        """Open the phone by the link that the admin sees while there is a code to scan."""
        self.page.goto(address)
        tab = self.page.get_by_role("tab", name="Business phone")
        expect(tab).to_have_attribute("aria-selected", "true")

    def scan(self) -> None:
        """Scan the code on the admin's screen."""
        self.page.get_by_role("button", name="Scan QR code").click()

    def log_out(self) -> None:
        """Unlink ROMS."""
        self.page.get_by_role("button", name="Log out device").click()

    def reply_to(self, name: str, text: str) -> None:
        """Answer a customer on the phone itself."""
        panel = self.page.get_by_role("tabpanel", name="Business phone")
        panel.get_by_role("listbox", name="Chats").get_by_role("option", name=name, exact=True).click()
        panel.get_by_role("textbox", name="Message").fill(text)
        panel.get_by_role("button", name="Send").click()


class Handset(Person):
    """The customers' phones: the tab `Customers` of the simulator's /phone. One person plays them all."""

    @property
    def panel(self) -> Locator:
        """The panel of the tab."""
        return self.page.get_by_role("tabpanel", name="Customers")

    def open(self) -> None:
        """Open the tab."""
        self.page.goto(f"/phone?phone={BusinessPhone.key}")
        expect(self.page.get_by_role("button", name="New customer")).to_be_visible()

    def add(self, name: str, number: str) -> None:
        """Add a customer and open the chat."""
        self.page.get_by_role("button", name="New customer").click()
        dialog = self.page.get_by_role("dialog", name="New customer")
        dialog.get_by_role("textbox", name="Name").fill(name)
        dialog.get_by_role("textbox", name="Phone number").fill(number)
        dialog.get_by_role("button", name="Add customer").click()
        expect(self.row(name)).to_have_attribute("aria-selected", "true")

    def row(self, name: str) -> Locator:
        """A customer's line in the list."""
        return self.panel.get_by_role("listbox", name="Customers").get_by_role("option", name=name, exact=True)


@dataclass
class Customer:
    """One customer, and their chat with the business."""

    name: str
    handset: Handset
    #: WhatsApp's id of the chat.
    chat: str

    def open_chat(self) -> None:
        """Open the chat; the business's messages are then read."""
        self.handset.row(self.name).click()
        expect(self.handset.row(self.name)).to_have_attribute("aria-selected", "true")

    def write(self, text: str) -> None:
        """Send a message to the business."""
        self.open_chat()
        self.handset.panel.get_by_role("textbox", name="Message").fill(text)
        self.handset.panel.get_by_role("button", name="Send").click()
        expect(self.message(text)).to_be_visible()

    def message(self, text: str) -> Locator:
        """A message on the customer's phone."""
        return self.handset.panel.get_by_role("log", name="Messages").get_by_text(text, exact=True)

    def set_phone_on(self, is_on: bool) -> None:
        """Connect or disconnect the customer's phone."""
        self.open_chat()
        switch = self.handset.panel.get_by_role("switch", name="Phone on")
        switch.click()
        expect(switch).to_have_attribute("aria-checked", str(is_on).lower())


@dataclass
class Cast:
    """Everybody, in one running ROMS."""

    system: System
    browser: Browser
    customers: dict[str, Customer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        url, simulator = self.system.url, self.system.simulator_url
        self.siti = Admin("Siti", self.browser, url)
        self.budi = Agent("Budi", self.browser, url)
        self.ayu = Agent("Ayu", self.browser, url)
        self.phone = BusinessPhone("business-phone", self.browser, simulator)
        self.handset = Handset("customers-phone", self.browser, simulator)
        self.people: list[Person] = [self.siti, self.budi, self.ayu, self.phone, self.handset]

    def customer(self, name: str, number: str) -> Customer:
        """Add a customer; `number` in any notation."""
        if not self.customers:
            self.handset.open()
        self.handset.add(name, number)
        contacts = self.system.simulator_state(self.phone.key)["contacts"]
        chat = next(contact["id"] for contact in contacts if contact["pushname"] == name)
        self.customers[name] = Customer(name, self.handset, chat)
        return self.customers[name]

    def agent_of(self, name: str) -> Agent:
        """The agent to whom this customer is assigned."""
        return next(agent for agent in (self.budi, self.ayu) if agent.chat(name).count())

    def leave(self) -> None:
        """Close all browsers."""
        for person in self.people:
            person.leave()

    def photograph(self, folder: Path, title: str) -> None:
        """Save a screenshot of every tab."""
        for person in self.people:
            person.photograph(folder, title)
