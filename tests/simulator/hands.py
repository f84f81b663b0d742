"""Actions of a person on the customer's phone, by its accessible names."""

from playwright.sync_api import Locator, Page, expect


def customers(handset: Page) -> Locator:
    return handset.get_by_role("tabpanel", name="Customers")


def business(handset: Page) -> Locator:
    handset.get_by_role("tab", name="Business phone").click()
    return handset.get_by_role("tabpanel", name="Business phone")


def fill_in(handset: Page, name: str, number: str, *, hidden: bool = False) -> None:
    """Fill in the dialog of a new customer and send it off."""
    handset.get_by_role("button", name="New customer").click()
    dialog = handset.get_by_role("dialog", name="New customer")
    dialog.get_by_role("textbox", name="Name").fill(name)
    dialog.get_by_role("textbox", name="Phone number").fill(number)
    if hidden:
        dialog.get_by_role("checkbox", name="WhatsApp hides the number").check()
    dialog.get_by_role("button", name="Add customer").click()


def add(handset: Page, name: str, number: str, *, hidden: bool = False) -> None:
    """A new customer, whose chat is open then."""
    fill_in(handset, name, number, hidden=hidden)
    expect_open(handset, name)


def expect_open(handset: Page, name: str) -> None:
    """This customer's chat is open: what is written before that stays with the one before."""
    # A small screen hides the list behind the chat.
    row = customers(handset).get_by_role("option", name=name, exact=True, include_hidden=True)
    expect(row).to_have_attribute("aria-selected", "true")


def choose(panel: Locator, name: str) -> None:
    panel.get_by_role("option", name=name, exact=True).click()


def write(panel: Locator, text: str) -> None:
    panel.get_by_role("textbox", name="Message").fill(text)
    panel.get_by_role("button", name="Send").click()
    expect(panel.get_by_role("log", name="Messages").get_by_text(text, exact=True)).to_be_visible()
