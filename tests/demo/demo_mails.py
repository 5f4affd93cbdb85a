"""Mails as a node sends them, and a mailbox that has them."""

from email.message import EmailMessage

from gemist.demo.mailbox import Mailbox

OFFERS = ("Seen", "Spoken", "Support", "Was there after all", "False alarm", "In a week")


def mail(
    to="m1.1@s001.example",
    subject="gemist: 1 pupil of 1A is missed",
    door="http://127.0.0.1:9",
    cases=("A. B.",),
    html=None,
):
    """A digest; the address of its answers is ``DOOR/a/CASE-OFFER``."""
    links = [
        [(label, f"{door}/a/{case}-{offer}") for offer, label in enumerate(OFFERS)]
        for case in range(len(cases))
    ]
    said = "\n".join(
        f"* \u2068{who}\u2069, 1A\n\n  Missed 8 hours\n"
        + "\n".join(f"  {label}: {address}" for label, address in answers)
        for who, answers in zip(cases, links, strict=True)
    )
    anchors = "".join(f'<a href="{to}">{label}</a>' for each in links for label, to in each)
    made = EmailMessage()
    made["To"], made["Subject"] = to, subject
    made.set_content(f"1 pupil of 1A is missed\nTuesday 2 December.\n\nHello,\n\nNEW\n\n{said}\n")
    made.add_alternative(
        html or f"<!doctype html><html><head></head><body>{anchors}</body></html>", subtype="html"
    )
    return made


def mailbox(*mails):
    """A mailbox that has got these."""
    made = Mailbox()
    for each in mails:
        made.put(each.as_bytes(), each["To"])
    return made
