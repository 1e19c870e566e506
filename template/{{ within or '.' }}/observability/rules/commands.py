# Managed by the service template: change it there, or expect a merge on update.
"""Secrets in the lines of commands and in what configures programs."""

import re
from typing import Any

_WORD = r"""(?P<quote>["'`])?(?P<secret>(?(quote)(?:(?!(?P=quote))[^\r\n])++|[^\s"'`]++))"""
_GAP = r"(?:\s|\\[nrt]){1,12}"

_COMMANDS = {
    "redis-cli": r"\s-a\s|\s--pass\s",
    "sshpass": r"\s-p\s?",
    "mysql": r"\s-p(?:\s(?=\S*\d))?",
    "mongo": r"\s-p\s",
    "login": r"\s-p[\s=]",
    "twine": r"\s-p\s",
    "sqlcmd": r"\s-P\s",
    "ldap": r"\s-w\s",
    "openssl": r"\s-k\s|\spass:",
    "zip": r"\s-P\s",
    "7z": r"\s-p",
    "snmp": r"\s-[AXc]\s",
}
"""What a program's name begins or ends with, and what stands before the password."""

_LINES = "|".join(
    rf"{re.escape(name)}\w{{0,9}}(?:\b[^\r\n]{{0,99}}?)??(?-i:{before})"
    for name, before in _COMMANDS.items()
)

# Place, source, marks, hints, pattern; places.py tells what they mean.
ROWS: tuple[tuple[Any, ...], ...] = (
    (
        *("user and password of a command", "curl(1)", ":", ("curl", "http ", "https ")),
        r"""(?<!\S)(?:-[a-z]{0,8}u|-U|-a|--user|--proxy-user)(?:=|\s{0,3})(?=\S*:)
        (?P<secret>(?:[^\s"'`]|"[^"\r\n]*+"|'[^'\r\n]*+'|["'`])++)""",
    ),
    (
        *("password of a command", "the programs' manuals", "-", tuple(_COMMANDS)),
        rf"\b(?:{_LINES})(?:{_WORD})",
    ),
    (
        *("password behind a user's name", "netrc(5)", "", ("login",)),
        rf"\blogin{_GAP}\S{{1,99}}{_GAP}password{_GAP}(?P<secret>[^\s\\]++)",
    ),
    (
        *("password behind a user's name", "htpasswd(1), lftp(1), smbclient(1)", "-"),
        ("htpasswd", "lftp", "smbclient"),
        r"""\b (?:htpasswd\s-b\w{0,3}\s\S{1,99}\s\S{1,64}\s
        | (?:lftp|smbclient)\b[^\r\n]{0,99}?\s-u\s?[\w.\\-]{1,64}[,%]) (?P<secret>\S++)""",
    ),
    (
        *("password behind a user's name", "sqlplus(1), net(1)", ":", ("jdbc:oracle", "/user:")),
        r"""(?:\bjdbc:oracle:\w{1,9}:[\w.$-]{0,64}/ | \s/user:\S{1,99}\s)
        (?P<secret>(?!\*)(?:(?!@//|@[\w.-]{1,64}:\d)\S)++)""",
    ),
    (
        *("user and password of a client", "RFC 7617, section 2", "\"'", ("auth",)),
        rf"""\b\w{{0,9}}auth\w{{0,9}}\s{{0,3}}[=(]\(?\s{{0,3}}["'][^\r\n"']{{1,99}}["'],\s{{0,3}}(?:{_WORD})""",
    ),
    (
        *("data of a Secret", "Kubernetes", ":", ("kind: secret", '"kind":"secret"')),
        r"""\b(?:string)?data:(?P<secret>\s(?:(?!\n---|\n[a-z])[\s\S])++)""",
    ),
    (
        *("AUTH, HELLO", "Redis, RFC 4954", "", ("auth ", 'auth" "')),
        r"""\b(?-i:AUTH)(?:\s{1,3}|"[ ]")
        (?P<secret>(?!<|(?:called|command|error|failed|is|not|ok)\b)
        [^\s"',]++ (?:[ ](?=(?-i:\S*[0-9A-Z]))[^\s"',=:]++)?)""",
    ),
    (
        *("password behind a keyword", "SQL CREATE USER, redis.conf, ldap.conf(5)", ""),
        (
            *("identified", "set password for ", "requirepass", "masterauth", "bindpw", "rootpw"),
            *("authtoken", "vault login"),
        ),
        r"\b(?:identified\s+by(?:\s+password)?|set\s+password\s+for\s+\S{1,64}\s="
        r"|requirepass|masterauth|bindpw|rootpw|authtoken"
        rf"|vault\s+login)\s{{1,3}}(?!(?:is|its|not|the|an?|was|for|required|failed|succeeded)\b)(?:{_WORD})",
    ),
    (
        *("password of a user of Redis", "ACL SETUSER", ">", ("setuser", " on >")),
        rf"(?:\bsetuser\s[^\r\n>]{{1,99}}?|\bon)\s>(?:{_WORD})",
    ),
)
