# Managed by the template: edits here are merged on update.
"""Places of secrets and personal data in a text, as data: URLs, headers, commands, assignments."""

from typing import NamedTuple

from .names import HINTS as NAMES


class Place(NamedTuple):
    """A place: its source, the lower-case literals of which a text there holds one, its pattern.

    The group `secret` is redacted, or else the value that follows the match. One of the names in
    a group `name` must be secret. What can meet a character twice is bounded or possessive, so
    that the cost of a hostile text stays linear.
    """

    source: str
    hints: tuple[str, ...]
    pattern: str
    marker: str = "[redacted]"


_SAID = ("credential", "pass", "secret", "token", "dsn", "key")
_URL = r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,31}"
# Schemes of RFC 9110, section 11: those with one token, and those with a list of parameters.
_ONE = (
    "basic|bearer|token|api-?key|negotiate|ntlm|key|jwt|dpop|bot|geniekey|ssws|splunk|sharedkey|"
    "sharedkeylite|zoho-oauthtoken|privatetoken|client-id"
)
_MANY = "digest|hawk|oauth|signature|mac|aws4-[a-z0-9-]+|gnap|scram-sha-[0-9-]+|vapid|hoba"
_OPEN = r"""\\*["']?\s{0,3}[:=,]>?\s{0,3}(?:b?(?P<quote>\\*["']))?(?!\\*["']|[\[({])"""
_QUOTED = r"(?:(?!(?P=quote))(?:\\.|[^\r\n]))++"
# A command line, or a list of arguments as Python and JSON write it.
_GAP = r"""(?:\s|\\[nrt]|["'],\s?(?=["'])){1,12}"""
_WORD = rf"""(?P<quote>["'`])?(?P<secret>(?(quote){_QUOTED}|[^\s"'`]++))"""
_ARGUMENT = rf"""(?P<quote>["'`])?(?P<secret>(?(quote){_QUOTED}
    |(?(open)(?:(?!(?P=open))[^\r\n])++|[^\s"'`]++)))"""

PLACES = tuple(
    Place(source, hints if isinstance(hints, tuple) else tuple(hints.split("|")), *pattern)
    for source, hints, *pattern in (
        (
            "RFC 3986, section 3.2.1: user and password in a URL, or in a URL in a URL",
            "@|%3a%2f%2f",
            rf"""{_URL}(?:://|(?P<coded>%3a%2f%2f))(?!git@)
            (?P<secret>(?:(?(coded)(?!%40|%2f)[^\s&"'@]|[^\s/?\#"'<>])){{0,512}})(?(coded)%40|@)""",
            "***",
        ),
        (
            "redis-py, libpq: a password that is not encoded, or in what is not quite a URL",
            "@",
            rf"""{_URL}:?(?:\\?/){{1,3}}(?P<secret>[^\s/?\#:@\[\]"'<>]{{0,64}}
            :(?!\d{{1,5}}(?:[^\w%@.-]|$))(?:(?!://)(?:[^\r\n"]|"(?![,:}}\]\s]))){{1,128}})
            @(?=[\w\[/.])""",
            "***",
        ),
        (
            "go-sql-driver/mysql: user:password@host without a scheme",
            "@",
            r"""(?<![\w:/.%+@-])(?P<secret>[\w.%+-]{1,64}+:[^\s@/"'<>,;=]{1,128})
            @(?!sha\d)(?=[\w-]++(?:\.[\w-]++){0,8}(?::\d|/|\()|\[)""",
            "***",
        ),
        (
            "urllib.parse, http.client, httpx, yarl: the piece of a URL in a parser's error",
            "port|netloc",
            r"""(?:\bport\ could\ not\ be\ cast\ to\ integer\ value\ as|\b(?:invalid|nonnumeric)
            \ port:|\bport\ must\ be\ [^:\r\n]{1,60}:|\bnetloc)\s(?P<secret>[^\r\n]{1,512}?)
            (?=$|[\r\n]|[ ]contains\ invalid)""",
        ),
        (
            "RFC 9110, section 11.6.2: Authorization",
            "authorization",
            rf"""authorization{_OPEN}
            (?!(?:denied|expired|failed|granted|missing|ok|required|skipped)\b)
            (?:(?:{_ONE})\s{{1,3}}|(?P<many>{_MANY})\s)?
            (?P<secret>(?(quote){_QUOTED}|(?(many)(?:(?!\\[nr])[^\r\n])++
            |(?:[a-z][a-z-]{{1,20}}[ ](?![\w.-]+[=:]))?(?:[^\s,;"'\\]|[,;](?=\S))++)))""",
        ),
        (
            "RFC 6750, section 2.1, and RFC 7617, section 2: bearer tokens, basic credentials",
            "bearer|basic",
            r"""\b(?:bearer[\s,]{1,3}(?![a-z_]{1,32}=[^=\s])|basic\s{1,3})
            (?P<secret>(?=\S{0,64}[0-9=]|[a-z]{24})[a-z0-9._~+/=-]{8,}+)""",
        ),
        (
            "RFC 6265, section 4: cookies",
            "cookie",
            rf"""\bcookie2?{_OPEN}
            (?P<secret>(?(quote){_QUOTED}|(?:[^\r\n"'\\]|(?<==)"[^\r\n"]*+")++))""",
        ),
        (
            "Stripe: the signature of a webhook",
            "signature",
            rf"""signature{_OPEN}(?P<secret>t=\d+,[^\s"']+)""",
        ),
        (
            "RFC 6749, section 4.1.2; Google Maps, OpenWeather: parameters of a query",
            "code=|key=|appid=",
            r"(?:[?&](?:code=(?=[\w%/.~+-]{8})|(?:key|appid)=(?=[\w-]{30})))(?P<secret>[\w%/.~+-]++)",
        ),
        (
            "curl(1), httpie: user and password of a command",
            "curl|http",
            rf"""(?:(?<!\S)|["'],\s?(?P<open>["']))(?:-[a-z]{{0,8}}u|-U|-a|--user|--proxy-user)
            (?:=|{_GAP})?(?=["']?[^\s"']*:)(?P<secret>(?(open)(?:(?!(?P=open))[^\r\n])++
            |(?:[^\s"'`]|"[^"\r\n]*+"|'[^'\r\n]*+'|["'`])++))""",
        ),
        (
            "redis-cli(1), mysql(1), docker login, ldapsearch(1): password of a command",
            "redis-cli|sshpass|mysql|mongo|login|twine|sqlcmd|zip|ldap",
            rf"""\b(?:(?P<a>redis-cli)|(?P<b>sshpass|mysql)|(?P<c>mongo|login|twine)|(?P<d>sqlcmd|zip)
            |ldap)\w{{0,9}}(?:\b[^\r\n]{{0,99}}?)??(?:\s|["'],\s?(?P<open>["']))
            (?-i:(?(a)(?:-a|--pass){_GAP}|(?(b)-p(?:{_GAP}(?=[^\s"']*\d))?
            |(?(c)-p(?:{_GAP}|=)|(?(d)-P|-w){_GAP}))))(?:{_ARGUMENT})""",
        ),
        (
            "requests, httpx: user and password of a client",
            "auth",
            rf"""\b\w{{0,9}}auth\w{{0,9}}\s{{0,3}}[=(]\(?\s{{0,3}}["'][^\r\n"']{{1,99}}["'],\s{{0,3}}
            (?P<quote>["'])(?P<secret>{_QUOTED})""",
        ),
        (
            "Redis, RFC 4954: AUTH",
            'auth |auth" "',
            r"""\b(?-i:AUTH)(?:\s{1,3}|"[ ]")
            (?P<secret>(?!<|(?:called|command|error|failed|is|not|ok)\b)
            [^\s"',]++(?:[ ](?=(?-i:\S*[0-9A-Z]))[^\s"',=:]++)?)""",
        ),
        (
            "SQL CREATE USER, redis.conf, ldap.conf(5), ACL SETUSER, netrc(5): after a keyword",
            "identified|set password for |requirepass|masterauth|bindpw|setuser|login",
            rf"""(?:\b(?:identified\s+by(?:\s+password)?|set\s+password\s+for\s+\S{{1,64}}\s=
            |requirepass|masterauth|bindpw|vault\s+login|login\s\S{{1,99}}\spassword)\s{{1,3}}
            |\bsetuser\s[^\r\n>]{{1,99}}?\s>)
            (?!(?:is|its|not|the|an?|was|for|required|failed|succeeded)\b)(?:{_WORD})""",
        ),
        (
            "OWASP Logging Cheat Sheet, Data to exclude: after its name in a sentence",
            _SAID,
            r"""\b(?<!unexpected[ ])(?:credentials?|passw(?:or)?d|passphrase|secret|token|dsn
            |(?:api|access|private)[ _-]?key)\s{1,3}(?:is\s)?(?:(?P<quote>["'`])
            (?P<secret>(?=\S{0,64}(?:[0-9]|(?-i:[a-z][A-Z])))(?!\[)(?:(?!(?P=quote))\S){8,}+)
            |(?P<bare>(?=[^\s0-9]{0,64}[0-9])(?=[^\sa-z]{0,64}[a-z])(?=[\w!$%^&*+~@\#.-]{8})
            [^\s,;"'`()\[\]<>:=/]{8,}+(?![:=(/])))""",
        ),
        (
            "redis-py: arguments of a failed pipeline",
            " of pipeline caused error",
            r"command\ \#\ \d++\ \(\w++[ ](?P<secret>[\s\S]{1,400}?)\)\ of\ pipeline",
        ),
        (
            "pydantic: input of a failed validation",
            "input_value=",
            r"\[type=\w++,\ input_value=(?P<secret>.{1,400}?)(?=,\ input_type=|$)",
        ),
        (
            "pydantic, FastAPI: input beside the path of its field",
            "loc",
            r"""["']loc\\*["']\s?[:=]\s?[\[(](?P<name>[^\])\r\n]{1,300})[\])]
            (?:(?!["']loc\\*["'])[^\r\n]){1,400}?["']input(?P<end>\\*["'])\s?[:=]\s?""",
        ),
        (
            "lists of headers and of variables: a value before its name",
            "\"value|'value",
            r"""["']value\\*["']\s{0,3}[:=]\s{0,3}(?P<quote>\\*["'])(?P<secret>(?:(?!(?P=quote))
            (?:\\.|[^\r\n]))++)(?P=quote),\s{0,3}\\*["'](?:name|key|header)\\*["']\s{0,3}[:=]\s{0,3}
            (?P=quote)(?P<name>[\w.-]{1,128})(?P=quote)""",
        ),
        (
            "HTML, RFC 7578: field of a form",
            "<input|form-data",
            r"""(?:<input\b[^<>]{0,300}?\b|form-data;\s?)name=\\?"(?P<name>[^"\r\n]{1,128}?)\\?"
            (?:[^<>\r\n]{0,300}?\bvalue=|(?:\r\n|\\r\\n|\n|\\n){2})""",
        ),
        (
            "SQL INSERT, SQLAlchemy, PostgreSQL: values whose names are listed before them",
            "values|[parameters: |key (",
            r"""(?:\((?P<name>[^()]{1,2000})\)\s{1,9}(?:output\b[^()]{1,99}\s)?values\s{0,9}(?=\()
            |\[SQL:(?P<sql>(?:(?!\[parameters:\ )[\s\S]){1,4000})\[parameters:\ (?=[(\[])
            |\bkey\ \((?P<key>[^()\r\n]{1,300})\)=(?=\())""",
        ),
        (
            "OWASP Logging Cheat Sheet: assigned in code, data and configuration",
            NAMES,
            r"""(?!(?<=\d:)secret:)                                      # not the ARN of a secret
            (?:(?<![\w.$<-])|(?<=%[0-9a-f][0-9a-f]))
            (?P<item>(?<=[\[(,]["'])|(?<=,[ ]["']))?                      # of a list
            (?P<first>(?<=[\[(]["'])|(?<=[\[(]b["'])|(?<=[\[(]\\["']))?    # of a pair
            (?P<option>(?=--?[a-z])|(?<=\bset[ ])|(?<=\benv[ ])|(?<=/:))? # --name value
            (?P<attribute>(?<=key=")|(?<=name="))?
            (?P<mark>[.$<-]*+)(?P<name>[a-z_][\w.$-]*+(?:[ ](?:key|token|secret|password|code)\b)?)
            (?:[ ](?:provided|given))?
            (?:(?::\s{1,3}[\w.\[\]|]{1,40}|:?\s{0,3}str(?:ing)?)\s{0,3}=\s{0,3}(?=b?\\*["'`])
            |(?:\[\\*["'`]?(?P<index>[\w.-]{1,64}))?(?P<end>\\*["'`])?\]?\s{0,3}(?:is\s?)?
                (?P<sign>[:?+|!.]{0,3}=[>=]?|:|->|\|\||%3[ad])\s{0,3}     # = := => : ||
                (?:!!?[a-z]{2,12}[ ])?(?:[|>][+-]?\s?(?:\n|\\n)\s{1,20})? # YAML
            |\\*["']?[\s,]{1,12}\\*["']?(?:value|input|default)(?P<after>\\*["'])?\s{0,3}[:=]\s{0,3}
            |\\*["']\s{0,3},\s{0,3}(?(first)|(?(option)|(?!)))(?=b?\\*["'])    # ["name", "value"]
            |(?P<element>>)\s{0,12}                                      # <name>value
            |(?(attribute)"\s?>\s{0,12}|(?!))                            # <a name="...">value
            |(?(option)\s{1,3}(?![\s=:-])|(?!)))""",
        ),
        (
            "RFC 5322, section 3.4.1: e-mail address",
            "@|%40",
            r"""(?<![\w.+-])(?!git@)
            (?P<secret>[\w.+-]++(?:@|%40)(?:[\w-]{1,63}+\.){1,8}[^\W\d_][\w-]{1,23})""",
        ),
    )
)

DIGITS = r"\d(?:[ -]?\d){8}|[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]{4}){2}"
"""What every number below holds."""

# ISO/IEC 7812: what the networks' numbers begin with, alone or in groups; then the check digit.
CARD = r"(?<![\w.-])(?=\d{4})(?:4|5[0-8]|2[2-7]|3[04-9]|6)\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)"

# ISO 13616: a country, two check digits, then up to 30 characters.
IBAN = r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])"

# US social security numbers, by the ranges that the SSA assigns.
SSN = r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])"
