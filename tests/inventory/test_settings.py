"""Settings are read from one list, and a value that cannot be used is named."""

import dataclasses
from pathlib import Path

import pytest

from inventory.database import reading
from inventory.journal import head
from inventory.schema import migrate
from inventory.settings import SETTINGS, BadSetting, Settings, open_ledger


def read(**given: str) -> Settings:
    return Settings.from_environment(given)


def test_without_any_setting_a_ledger_on_this_machine_is_meant() -> None:
    settings = read()
    assert settings.database_url == "sqlite:///var/tsunagu.db"
    assert settings.secret_key_file == Path("var/secret.key")
    assert settings.anchor_file == Path("var/journal.head")
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.municipality_code, settings.city_name) == ("102016", "前橋市")
    assert settings.office_name == "デジタルデバイド解消WG"
    assert settings.public_pages is True
    assert settings.trusted_proxies == ()
    assert settings.tls_cert_file is None
    assert settings.tls_key_file is None


def test_every_setting_but_the_tests_own_has_a_field() -> None:
    fields = {field.name.upper() for field in dataclasses.fields(Settings)}
    assert {setting.name for setting in SETTINGS} - fields == {"TEST_POSTGRES_URL"}
    assert fields <= {setting.name for setting in SETTINGS}
    assert all(setting.help for setting in SETTINGS)


def test_an_empty_variable_counts_as_unset() -> None:
    assert read(**{setting.name: "" for setting in SETTINGS}) == read()


def test_secrets_do_not_stand_in_logs() -> None:
    shown = repr(
        read(
            ADMIN_PASSWORD="river-stone-9",
            DATABASE_URL="postgresql://city:deep-secret@db/tsunagu",
            SMTP_URL="smtp://u:mail-secret@mail",
            MAIL_FROM="a@b.jp",
        )
    )
    assert not any(secret in shown for secret in ("river-stone-9", "deep-secret", "mail-secret"))


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"PUBLIC_URL": "https://daicho.example.lg.jp/"}, "https://daicho.example.lg.jp"),
        ({"PUBLIC_URL": "HTTPS://Daicho.Example.lg.jp:443"}, "https://daicho.example.lg.jp"),
        ({"PUBLIC_URL": "http://192.168.1.5:8080"}, "http://192.168.1.5:8080"),
        ({"PUBLIC_URL": "http://[fd00::1]:8000"}, "http://[fd00::1]:8000"),
        ({"HOST": "0.0.0.0", "PORT": "9000"}, "http://127.0.0.1:9000"),
        ({"HOST": "::1"}, "http://[::1]:8000"),
        ({"TLS_CERT_FILE": "c.pem", "TLS_KEY_FILE": "k.pem"}, "https://127.0.0.1:8000"),
    ],
)
def test_the_public_address_has_no_path_and_no_trailing_slash(given: dict[str, str], url: str) -> None:
    assert read(**given).public_url == url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "daicho.example.lg.jp"),
        ("PUBLIC_URL", "ftp://daicho.example.lg.jp"),
        ("PUBLIC_URL", "https://example.lg.jp/daicho"),
        ("PUBLIC_URL", "https://example.lg.jp?x=1"),
        ("PUBLIC_URL", "https://example.lg.jp#top"),
        ("PUBLIC_URL", "https://somebody@example.lg.jp"),
        ("PUBLIC_URL", "https://前橋.jp"),
        ("PUBLIC_URL", "https://example.lg.jp:99999"),
        ("PUBLIC_URL", "https://[::1"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "８０００"),
        ("PORT", "http"),
        ("DATABASE_URL", "mysql://city@db/tsunagu"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "sqlite:///a.db?mode=ro"),
        ("DATABASE_URL", "postgresql://city@db"),
        ("DATABASE_URL", "a.db"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "127.0.0.1,caddy"),
        ("PUBLIC_PAGES", "yes"),
        ("SMTP_URL", "mail.example.lg.jp:25"),
        ("SMTP_URL", "smtp://mail:port"),
        ("MAIL_FROM", "課の住所"),
        ("MUNICIPALITY_CODE", "10201"),
        ("MUNICIPALITY_CODE", "102017"),
        ("MUNICIPALITY_CODE", "１０２０１６"),
        ("OFFICE_NAME", "デジタル\x00課"),
        ("OFFICE_HOURS", "\udce3"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        read(**{name: value})
    assert refused.value.name == name


def test_https_needs_both_files() -> None:
    with pytest.raises(BadSetting) as no_key:
        read(TLS_CERT_FILE="c.pem")
    with pytest.raises(BadSetting) as no_certificate:
        read(TLS_KEY_FILE="k.pem")
    assert (no_key.value.name, no_certificate.value.name) == ("TLS_KEY_FILE", "TLS_CERT_FILE")


def test_mail_needs_a_sender() -> None:
    with pytest.raises(BadSetting) as refused:
        read(SMTP_URL="smtp://mail:587")
    assert refused.value.name == "MAIL_FROM"
    settings = read(SMTP_URL="smtps://mail:465", MAIL_FROM="daicho@example.lg.jp")
    assert (settings.smtp_url, settings.mail_from) == ("smtps://mail:465", "daicho@example.lg.jp")


def test_another_city_says_its_name() -> None:
    with pytest.raises(BadSetting) as refused:
        read(MUNICIPALITY_CODE="102024")
    assert refused.value.name == "CITY_NAME"
    assert read(MUNICIPALITY_CODE="102024", CITY_NAME="高崎市").city_name == "高崎市"


def test_proxies_and_phones_are_read_as_they_stand() -> None:
    settings = read(TRUSTED_PROXIES="127.0.0.1, 172.18.0.0/16", OFFICE_PHONE="027-000-0000", OFFICE_HOURS="平日　9時")
    assert settings.trusted_proxies == ("127.0.0.1", "172.18.0.0/16")
    assert settings.lost_phone == "027-000-0000"
    assert settings.office_hours == "平日　9時"
    assert read(OFFICE_PHONE="1", LOST_PHONE="2").lost_phone == "2"


def test_what_opening_a_ledger_makes_is_its_owners_alone(tmp_path: Path) -> None:
    settings = read(DATABASE_URL=f"sqlite:///{tmp_path}/a/ledger.db", SECRET_KEY_FILE=f"{tmp_path}/b/secret.key")
    first = open_ledger(settings)
    migrate(first)
    with reading(first) as session:
        assert head(session)[0] == 0
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*") if "-" not in path.name}
    assert modes == {"a": 0o700, "b": 0o700, "ledger.db": 0o600, "secret.key": 0o600}
    first.dispose()
    again = open_ledger(settings)
    assert again.keys.id == first.keys.id
    again.dispose()


def test_a_secret_that_is_no_secret_is_refused(tmp_path: Path) -> None:
    settings = read(DATABASE_URL=f"sqlite:///{tmp_path}/ledger.db", SECRET_KEY_FILE=f"{tmp_path}/secret.key")
    for content in ("", "abcd", "not hexadecimal at all, but quite long enough to be a secret key of a ledger"):
        settings.secret_key_file.write_text(content)
        with pytest.raises(BadSetting) as refused:
            open_ledger(settings)
        assert refused.value.name == "SECRET_KEY_FILE"


def test_files_that_cannot_be_made_are_named(tmp_path: Path) -> None:
    (tmp_path / "in_the_way").write_text("")
    with pytest.raises(BadSetting) as secret:
        open_ledger(
            read(DATABASE_URL=f"sqlite:///{tmp_path}/a.db", SECRET_KEY_FILE=f"{tmp_path}/in_the_way/secret.key")
        )
    with pytest.raises(BadSetting) as ledger:
        open_ledger(read(DATABASE_URL=f"sqlite:///{tmp_path}/in_the_way/a.db", SECRET_KEY_FILE=f"{tmp_path}/s"))
    assert (secret.value.name, ledger.value.name) == ("SECRET_KEY_FILE", "DATABASE_URL")
