"""staff and token: accounts from the command line, for the day nobody can sign in."""

from argparse import ArgumentTypeError, Namespace
from datetime import date
from typing import Any

from inventory.calendar import NotADay, parse_day
from inventory.commands.terminal import CommandFailed, fresh_op_id, ledger, new_password, now, say
from inventory.database import Database, reading, writing
from inventory.journal import By
from inventory.sign_in import NewToken, add_token, hash_password
from inventory.staff import NewStaff, StaffCard, add_staff, find_by_username, list_staff, set_password
from inventory.tables import Role


def add_to(commands: Any) -> None:
    staff = commands.add_parser("staff", help="accounts: add, list, password", description="Accounts of the staff.")
    families = staff.add_subparsers(metavar="COMMAND", required=True)
    add = families.add_parser(
        "add",
        help="open an account",
        description="Opens an account. The password is asked for on the terminal, or read from standard input.",
    )
    add.add_argument("--username", required=True, help="what they sign in with: letters, digits and . _ - @")
    add.add_argument("--name", required=True, help="the name shown on screens")
    add.add_argument(
        "--role",
        required=True,
        action="append",
        choices=[role.value for role in Role],
        help="what they may do; give it several times for several roles",
    )
    add.add_argument("--section", help="their section (所属)")
    add.add_argument("--until", metavar="DAY", type=_day, help="last day of the appointment; nobody signs in after it")
    _takes_password(add)
    add.set_defaults(run=staff_add)
    listing = families.add_parser("list", help="show every account", description="Shows every account, one a line.")
    listing.set_defaults(run=staff_list)
    password = families.add_parser(
        "password",
        help="give an account a new password",
        description="Gives an account a new password and ends its sessions.",
    )
    password.add_argument("--username", required=True, help="whose password")
    _takes_password(password)
    password.set_defaults(run=staff_password)
    token = commands.add_parser("token", help="API tokens: add", description="Tokens for programs that use the API.")
    tokens = token.add_subparsers(metavar="COMMAND", required=True)
    new = tokens.add_parser(
        "add",
        help="make a token",
        description="Makes an API token that may do what the account may do, and prints it. It is shown this once.",
    )
    new.add_argument("--staff", metavar="NAME", required=True, help="user name of the account it acts for")
    new.add_argument("--label", default="API", help="what the token is for")
    new.set_defaults(run=token_add)


def _day(text: str) -> date:
    try:
        return parse_day(text)
    except NotADay:
        raise ArgumentTypeError(f"{text!r} is no day; write it like 2027-03-31 or 令和9年3月31日") from None


def _takes_password(parser: Any) -> None:
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def staff_add(given: Namespace) -> int:
    order = NewStaff.model_validate(
        {
            "username": given.username,
            "name": given.name,
            "section": given.section,
            "roles": given.role,
            "appointed_until": given.until,
        }
    )
    with ledger() as database:
        hashed = hash_password(new_password(from_stdin=given.password_stdin))
        with writing(database) as session:
            card = add_staff(session, order, password_hash=hashed, by=By(), now=now(), op_id=fresh_op_id())
    say(f"opened the account {card.username}")
    return 0


def staff_list(_: Namespace) -> int:
    with ledger() as database, reading(database) as session:
        for card in list_staff(session, now=now()):
            until = f" until {card.appointed_until}" if card.appointed_until else ""
            state = "" if card.active else " (cannot sign in)"
            say(f"{card.username}\t{','.join(card.roles)}\t{card.name}\t{card.section or '-'}{until}{state}")
    return 0


def staff_password(given: Namespace) -> int:
    with ledger() as database:
        staff = _find(database, given.username)
        hashed = hash_password(new_password(from_stdin=given.password_stdin))
        with writing(database) as session:
            set_password(session, staff=staff.id, password_hash=hashed, by=By(), now=now(), op_id=fresh_op_id())
    say(f"{staff.username} has a new password; its sessions are ended")
    return 0


def token_add(given: Namespace) -> int:
    order = NewToken(label=given.label)
    with ledger() as database:
        staff = _find(database, given.staff)
        with writing(database) as session:
            card = add_token(session, order, staff=int(staff.id), by=By(), now=now(), op_id=fresh_op_id())
    say(card.token)
    return 0


def _find(database: Database, username: str) -> StaffCard:
    with reading(database) as session:
        found = find_by_username(session, username, now=now())
    if found is None:
        raise CommandFailed(f"there is no account {username}; `python -m inventory staff list` shows them all")
    return found
