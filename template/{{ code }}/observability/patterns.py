# Managed by the template: edits here are merged on update.
"""Places of secrets and personal data in a text, as data: URLs, headers, commands, assignments."""

import re

_URL = r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,31}"
_OPEN = r"""\\*["']?\s{0,3}[:=]>?\s{0,3}+(?:b?(?P<quote>\\*["']))?+(?!\\*["']|[\[({])"""
_QUOTED = r"(?:(?!(?P=quote))(?:\\.|[^\r\n]))++"

# Of each row: source and place; literals, one of which is in such a text; pattern; marker. The
# group `secret` is redacted, or else the value that follows; of a group `name`, one must be secret.
# What can meet a character twice is bounded or possessive, so that the cost stays linear.
PLACES: tuple[tuple[str, ...], ...] = (
    ("RFC 3986, redis-py, libpq: user and password in a URL, encoded or not", "@|%3a%2f%2f",
        rf"""{_URL}(?:%3a%2f%2f|(?::|(?=\\?/\\?/))(?:\\?/){{1,3}})(?!git@)(?P<secret>
        [^\s/?\#:@\[\]"'<>]{{0,64}}:(?!\d{{1,5}}(?:[^\w%@.-]|$))(?:(?!://)(?:[^\r\n"]
        |"(?![,:}}\]\s]))){{1,128}}(?=@[\w\[/.])|(?:(?!%40|%2f)[^\s&"'@/?]){{0,512}}(?=%40)
        |[^\s/?\#"'<>]{{0,512}}(?=@))""", "***"),
    ("go-sql-driver/mysql: user:password@host without a scheme", "@",
        r"""(?<![\w:/.%+@-])(?P<secret>[\w.%+-]{1,64}+:[^\s@/"'<>,;=]{1,128})
        @(?!sha\d)(?=[\w-]++(?:\.[\w-]++){0,8}(?::\d|/|\()|\[)""", "***"),
    ("RFC 9110, RFC 6265: Authorization, cookies", "authorization|cookie",
        rf"""(?:\bcookie2?|authorization){_OPEN}(?!(?:denied|failed|missing|ok|required)\b)
        (?:(?:basic|bearer|digest|negotiate|[a-z-]*(?:key|token)|aws4-[\w-]+)\s{{1,3}})?(?P<secret>
        (?(quote){_QUOTED}|(?:[^\r\n"'\\]|(?<=[=\s])(?:"[^\r\n"]*+"|'[^\r\n']*+'))++))"""),
    ("RFC 6749, 6750, 7617, Redis: codes, bearer, basic, AUTH", 'bearer|basic|code=|auth |auth"',
        r"""(?:\bbearer[\s,]{1,3}(?![a-z_]{1,32}=[^=\s])|\bbasic\s{1,3}|[?&]code=
        |\b(?-i:AUTH)[\s"]{1,3}(?:\w{1,32}[\s"]{1,3})?)
        (?P<secret>(?=\S{0,64}[0-9=]|[a-z]{24})[a-z0-9._~+/=%-]{8,}+)"""),
    ("curl(1): user and password of a command, or of a list of arguments", "curl",
        rf"""[\s"'](?:-[a-z]{{0,8}}u|--user|--proxy-user)(?:=|["']?,?\s{{0,9}})
        (?:(?P<quote>["'])(?=[^"'\r\n]*:))?(?P<secret>(?(quote){_QUOTED}
        |(?=\S*:)(?:[^\s"'`,]|[,](?=\S)|"[^"\r\n]*+"|'[^'\r\n]*+')++))"""),
    ("OWASP Logging Cheat Sheet: quoted after its name", "credential|pass|secret|token|dsn|key",
        r"""\b(?<!unexpected[ ])(?:credentials?|passw(?:or)?d|passphrase|secret|token|dsn
        |(?:api|access|private)[ _-]?key)\s{1,3}(?:is\s)?(?P<quote>["'`])
        (?P<secret>(?=\S{0,64}(?:[0-9]|(?-i:[a-z][A-Z])))(?!\[)(?:(?!(?P=quote))\S){8,}+)"""),
    ("urllib.parse, httpx, redis-py, pydantic: the value in the text of an error",
        "integer value|port:|of pipeline|input_value=",
        r"""(?:integer\ value\ as\s|(?:invalid|nonnumeric)\ port:\s|command\ \#\ \d++\ \(\w++[ ]
        |\[type=\w++,\ input_value=)
        (?P<secret>[\s\S]{1,400}?)(?=\)\ of\ pipeline|,\ input_type=|$)"""),
    ("SQL INSERT, SQLAlchemy, PostgreSQL: values after their names", "values|[parameters: |key (",
        r"""(?:(?P<sql>\[SQL:)|\()
        (?P<name>(?(sql)(?:(?!\[parameters:|\[SQL:)[\s\S]){1,4000}|[^()]{1,2000}))
        (?(sql)\[parameters:\ |\)(?:=|\s{1,9}values\s{0,9}))(?=[(\[])"""),
    ("OWASP Logging Cheat Sheet: assigned in code, data and configuration",
        "pass|secret|token|key|auth|cookie|cred|bearer|jwt|pw|otp|cvc|cvv|csrf|xsrf|ssn|psk|pin|sig"
        "|salt|seed|sessid|jsess|sid|dsn|nstr|n_str|card|assertion|code|mnemonic|url|uri|session="
        "|session:|-session |session'|session\"|session\\",  # of which each secret name holds one
        r"""(?<![\w.$<-])(?:(?<=%)[0-9a-f]{2}|(?<=\\)[nr])?+
        (?P<option>(?=--?[a-z])|(?<=\bset[ ])|(?<=\benv[ ])|(?<=/:))?         # --name value
        (?!(?<=\d:)secret:)                                                 # the ARN of a secret
        (?P<first>(?<=[\[(]["'])|(?<=[\[(]b["'])|(?<=[\[(]\\["']))?            # of a pair
        (?:(?P<tag><)|[.$-]*+)
        (?P<name>[a-z_][\w.$-]*+(?:[ ](?:key|token|secret|password|code|provided|given)\b){0,2})
        (?(option)|(?=\s{0,12}(?:[^\w\s]|is\b|str|value|input|default)))
        (?:(?::\s{1,3}[\w.\[\]|]{1,40}|:?\s{0,3}str(?:ing)?)\s{0,3}=\s{0,3}(?=b?\\*["'`])  # typed
        |(?P<end>\\*["'`])?\]?\s{0,3}(?:is\s?)?
            (?:[:?+|!.]{0,3}=[>=]?|:|->|\|\||%3[ad])\s{0,3}                    # = := => : ||
        |\\*["']?[\s,)\]]{1,12}(?:\\*["']?\w{1,32}\\*["']?[:=]\s?
            (?:\\*"[^"\r\n]{0,200}"|\\*'[^'\r\n]{0,200}'|[\w./-]{0,64}),\s?){0,3}
            \\*["']?(?:value|input|default)(?P<after>\\*["'])?\s{0,3}[:=]\s{0,3}      # name, value
        |\\*["']\s{0,3},\s{0,3}(?(first)|(?(option)|(?!)))(?=b?\\*["'])        # ["name", "value"]
        |(?(tag)>\s{0,12}|(?(option)\s{1,3}(?![\s=:-])|(?!))))
        (?![a-z][a-z0-9-]{1,20}\s{1,3}\[redacted\])"""),
    ("RFC 5322, section 3.4.1: e-mail address", "@|%40", r"""(?<![\w.+-])(?!git@)
        (?P<secret>\w[\w.+-]*+(?:@|%40)(?:[\w-]{1,63}+\.){1,8}[^\W\d_][\w-]{1,23})"""),
)  # fmt: skip

VALUE = re.compile(
    r"""b?(?P<quote>\\*["'`])(?P<quoted>(?:(?!(?P=quote))(?:\\.|[^\r\n])|(?P=quote){2})++)
    |(?P<container>(?!\[redacted\])[\w.]{0,64}[\[({])
    |(?P<bare>\[redacted\](?=\\[nrt])|(?:\[redacted\]|[^\s,;&"'`<>)}\]\\]
        |[>)}\]\\](?=[^\s,;&"'`<>)}\]\\])|[,;&](?![\s"'`]|$|[\w.$-]{1,64}[=:]))++)""",
    re.X,
)
_BRACKETS = re.compile(
    r"""(?P<quote>\\{0,7}["'])(?:(?!(?P=quote))(?:\\.|[^\\]))*+(?P=quote)|[\[\](){}]"""
)
_HARMLESS = re.compile(
    r"""(?:null|none|true|false|undefined|empty|required|missing|invalid|expired|changed|unknown
    |must|should|cannot|not|is|was|has|yes|no|on|off|enabled|disabled|str|string|ok|valid|denied
    |granted|failed|sent|option|rejected|revoked|rotated|and|or|provided|present|field|argument|to
    |for|\?|\d\d?|%s|:\w+|\$\d+|\*{3,}|[\[<(]?(?:redacted|filtered|masked|hidden|removed)[\]>)]?
    |[\[({](?:none|null|true|false|[,\s])*[\])}])?""",
    re.I | re.X,
)


def closing(text: str, start: int) -> int:
    """Where the first bracket is closed; the end of the text where it is not, as after a cut."""
    depth = 0
    for found in _BRACKETS.finditer(text, start):
        depth += "[({".count(found[0]) - "])}".count(found[0])
        if not depth:
            return found.end()
    return len(text)


def is_harmless(value: str, *, prose: bool, weak: bool) -> bool:
    """Whether the value of a secret name says only that there is a secret, or what is wrong."""
    words = weak and ("://" in value or (prose and not any(map(str.isdigit, value))))
    return len(value) <= 256 and bool(words or _HARMLESS.fullmatch(value))


def checked(found: re.Match[str]) -> str:
    """Redact as many groups of a number as have the right check digits (Luhn, mod 97)."""
    number = "" if found.lastgroup == "id" else found[0]
    while len(number) > 12:
        signs = [int(sign, 36) for sign in number if sign not in " -"]
        luhn = sum(signs[-1::-2]) + sum(sum(divmod(2 * sign, 10)) for sign in signs[-2::-2])
        turned = int("".join(map(str, signs[4:] + signs[:4])))
        if len(signs) > 12 and (luhn % 10 == 0 if found[0][0].isdecimal() else turned % 97 == 1):
            return "[redacted]" + found[0][len(number) :]
        number = number[: max(number.rfind(" "), number.rfind("-"), 0)]
    return found[0]


_ZEROS = bytes.maketrans(b"123456789", b"000000000")


def has_number(text: str) -> bool:
    """Whether there are as many digits in a row as in any of the numbers below."""
    shape = text.encode("ascii", "replace").translate(_ZEROS)
    return b"000-00-0000" in shape or b"0" * 12 in shape.translate(None, b" -")


# ISO 13616: a country, two check digits, up to 30 characters.
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
# ISO/IEC 7812: what the networks' numbers begin with, alone or in groups; not behind `id=`.
CARD = re.compile(
    r"""(?i)(?:(?P<id>id["']?[=:][ ]?["']?)|(?<![\w.-]))"""
    r"(?:4|5[0-8]|2[2-7]|3[04-9]|6)\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)"
)
# US social security numbers, by the ranges that the SSA assigns.
SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")
