# Managed by the template: edits here are merged on update.
"""What is redacted in a text, as data: tokens of providers, places of secrets, personal data.

The formats are those of the providers' documentation and of the rules of public secret scanners.
"""

import re
from typing import Any

# Of each row: providers and their prefixes, the body that follows one, what precedes it.
PROVIDERS: tuple[tuple[str, ...], ...] = (
    ("""age: AGE-SECRET-KEY-1; Aiven: AVNS_; Alibaba Cloud: LTAI; Anthropic: sk-ant-;
        Atlassian: ATATT3 ATCTT3 ATBB; AWS Marketplace: amzn.mws.;
        Braintree: access_token$production$ access_token$sandbox$; Contentful: CFPAT-;
        Discord: discord.com/api/webhooks/ discordapp.com/api/webhooks/; Docker: dckr_; Figma: figd_
        figu_; Doppler: dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.; Flutterwave: FLWSECK
        FLWPUBK; GitHub: ghp_ gho_ ghu_ ghs_ ghr_ github_pat_; GitLab: glpat- gldt- glrt- glcbt-
        glptt- glft- glimt- glagent- gloas- glsoat- glffct- glrtr- GR1348941 glwt- _gitlab_session=;
        Google: ya29. GOCSPX- 1//0; Grafana: glsa_ glc_ eyJrIjoi; HashiCorp: hvs. hvb. hvr.;
        Heroku: HRKU-; HubSpot: pat-na pat-eu pat-ap; JSON Web Token: ZXlK; LinkedIn: WPL_AP;
        Neon: npg_; New Relic: NRAK- NRII- NRJS- NRRA-; PlanetScale: pscale_tkn_ pscale_oauth_
        pscale_pw_; Razorpay: rzp_live_ rzp_test_; SettleMint: sm_aat_ sm_pat_ sm_sat_; Slack: xox
        xapp- xwfp- hooks.slack.com/; Snyk: snyk_uat. snyk_sat.; Square: sq0; Stripe: sk_live_
        sk_test_ sk_prod_ whsec_ rk_live_ rk_test_ rk_prod_; Tailscale: tskey-; Tavily: tvly-;
        Twitter: AAAAAAAAAAAAAAAAAAAAA; Zapier: hooks.zapier.com/hooks/""", r"[\w.%+/=~$-]{10,}+"),
    ("""Adafruit: aio_; Adobe: p8e-; Artifactory: AKCp cmVmd; AWS AppSync: da2-; Buildkite: bkua_
        bkct_; CAST AI: castai_v1_; Cerebras: csk-; CircleCI: CCIPAT_ CCIPRJ_; Clojars: CLOJARS_;
        crates.io: cio; Databricks: dapi dose dkea; Deno: ddp_ ddw_; DigitalOcean: dop_v1_ doo_v1_
        dor_v1_; Dynatrace: dt0c01. dt0s01. dt0s16.; EasyPost: EZAK EZTK; Elastic: essu_;
        ElevenLabs: sk_; Groq: gsk_; Honeycomb: hcaik_ hcxik_ hcalk_ hcamk_; Hugging Face: hf_
        api_org_; Infracost: ico-; Intra42: s-s4t2ud- s-s4t2af-; LangSmith: lsv2_pt_ lsv2_sk_;
        Linear: lin_api_ lin_oauth_; MailerSend: mlsn.; Neon: napi_; Netlify: nfp_ nfo_ nfc_ nfb_
        nfu_; Notion: ntn_ secret_; npm: npm_; NuGet: oy2; OneSignal: os_v2_app_ os_v2_org_;
        Perplexity: pplx-; PostHog: phx_ phs_ pha_ phr_; Postman: PMAK-; Prefect: pnu_ pnb_;
        PubNub: sec-c-; Pulumi: pul-; ReadMe: rdme_; Render: rnd_; Replicate: r8_;
        RubyGems: rubygems_; Shippo: shippo_live_ shippo_test_; Shopify: shpat_ shpca_ shppa_ shpss_
        shptka_; SonarQube: squ_ sqp_ sqa_; Tencent Cloud: AKID; Trello: ATTA; Vercel: vcp_ vck_
        vca_ vcr_; xAI: xai-; Xata: xau_""", r"[^\W_]{20,}[\w.+/=-]*+"),
    ("""1Password: ops_eyJ; Bitbucket: BBDC-; Brevo: xkeysib- xsmtpsib-; Confluent: cflt; dbt: dbtc_
        dbtu_; Defined Networking: dnkey-; Duffel: duffel_; Fly.io: fm1r_ fm1a_ fm2_ fo1_;
        Frame.io: fio-u-; Google: AIza AQ.Ab; Intercom: dG9rO; Jina: jina_; NVIDIA: nvapi-;
        MongoDB Atlas: mdb_sa_sk_; OpenShift: sha256~; Packagist: packagist_; Pinecone: pcsk_;
        Plaid: access-sandbox- access-production-; PyPI: pypi-AgE; Sentry: sntry; Scalingo: tk-us-
        tk-eu-; Sourcegraph: sgp_; Supabase: sbp_ sb_secret_; Together AI: tgp_v1_; Typeform: tfp_;
        Vercel: vercel_blob_rw_; Yandex: AQVN y0_ y1_ y2_ y3_""", r"[\w+/=.,~-]{30,}+"),
    ("""Adyen: AQE; AWS: IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz; AWS Bedrock: ABSK bedrock-api-key-;
        Dropbox: sl.; Facebook, Square: EAA; Instagram: IGQV IGQW IGAA; Salesforce: 3MVG9;
        Microsoft Teams: webhook.office.com/webhookb2/""", r"[\w+/=%.{}@-]{58,}"),
    ("Airtable: pat; Cloudflare: v1.0-", r"[^\W_]{14,24}[.-][^\W_]{32,}+"),
    ("AWS: AKIA ASIA ABIA ACCA A3T; Octopus Deploy: API-", r"[A-Z0-9]{16,26}"),
    ("GoCardless, Lob: live_; OpenAI: sk-; Resend: re_", r"(?=[\w=-]{0,48}[A-Z0-9])[\w=-]{30,}+"),
    ("Harness: pat. sat.; Mapbox: pk. sk. tk.; SendGrid: SG.", r"[\w-]{16,}+\.[\w.-]{16,}+"),
    ("JSON Web Token: eyJ", r"(?<![_-]...)[\w-]{10,}+(?:\.[\w-]*+){1,4}"),
    ("LaunchDarkly: sdk- mob-", r"[0-9a-f]{8}-[0-9a-f-]{27}"),
    ("Mailgun: key- pubkey-", r"[0-9a-f]{32}\b"),
    ("Twilio: SK0 SK1 SK2 SK3 SK4 SK5 SK6 SK7 SK8 SK9 SKa SKb SKc SKd SKe SKf", r"[0-9a-f]{31}\b"),
    ("PEM: -----BEGIN", r" [A-Z0-9 ]{0,40}PRIVATE KEY(?>(?:(?!-----END)[\s\S])*)[A-Z0-9 -]*+"),
    ("Azure: JQQJ99 AzCa AzSe AzFu +ASt +ABa +AEh ACDb; Azure DevOps: AZDO; HashiCorp: .atlasv1.",
        r"[\w+/=-]{4,}+", r"[\w+/-]{14,76}"),
    ("Azure Entra ID: Q~", r"[\w~.-]{31,}+", r"[\w~.]{3}\d"),
    ("Discord: .", r"[\w-]{6}\.[\w-]{27,}+", r"[MNO][\w-]{23,27}"),
    ("Facebook: |; Salesforce: !; Telegram: :A", r"[\w.-]{27,}+", r"00D\w{12,15}|(?:bot)?\d{5,16}"),
    ("Mailchimp: -us", r"\d{1,2}(?!\w)", r"[0-9a-f]{32}"),
)  # fmt: skip

# Of each row: source and place; literals, one of which is in such a text; pattern; marker. The
# group `secret` is redacted, or else the value that follows, if of the group `name` one is secret.
# What can meet a character twice is bounded, possessive or atomic, so that the cost stays linear;
# groups are atomic, since Python 3.11.2 matches possessive ones wrongly.
PLACES: tuple[tuple[str, ...], ...] = (
    ("RFC 3986: credentials of a URL", "@|%3a%2f%2f", r"""(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,31}
        (?:%3a%2f%2f|(?::|(?=\\?/\\?/))(?:\\?/){1,3})(?!git@)(?P<secret>[^\s/?\#:@\[\]"'<>]{0,64}
        :(?!\d{1,5}(?:[^\w%@.-]|$))(?:(?!://)(?:[^\r\n"]|"(?![,:}\]\s]))){1,128}(?=@[\w\[/.])
        |(?:(?!%40|%2f)[^\s&"'@/?]){0,512}(?=%40)|[^\s/?\#"'<>]{0,512}(?=@))""", "***"),
    ("go-sql-driver/mysql: user:password@host, no scheme", "@", r"""(?<![\w:/.%+@-])(?P<secret>
        [\w.%+-]{1,64}+:[^\s/"'<>,;=]{1,128})(?=@(?!sha\d)[\w.-]{1,255}(?:[/(]|:\d))""", "***"),
    ("RFC 9110, RFC 6265: Authorization, cookies", "authorization|cookie", r"""(?:\bcookie2?
        |authorization)\s{0,3}[:=]\s{0,3}+(?!(?:denied|failed|missing|ok|required)\b|>
        |\w{0,64}[\\"'\[({])(?:(?:basic|bearer|digest|negotiate|[a-z-]*(?:key|token))\s)?
        (?P<secret>(?>(?:[^\r\n"'\\]|(?<=[=\s])(?:"[^\r\n"]*+"|'[^\r\n']*+'))+))"""),
    ("RFC 6749, 6750, 7617, Redis: credentials", 'bearer|basic|code=|key=|appid=|auth |auth"',
        r"""(?:\bbearer[\s,]{1,3}(?![a-z_]{1,32}=[^=\s])|\bbasic\s{1,3}|[?&]code=
        |[?&](?:key|appid)=(?=[\w-]{20})|\b(?-i:AUTH)[\s"]{1,3}(?:\w{1,32}[\s"]{1,3})?)
        (?P<secret>(?=\S{0,64}[0-9=]|[a-z]{24})[a-z0-9._~+/=%-]{8,}+)"""),
    ("curl(1): user and password", "curl", r"""[\s"'](?:-[a-z]{0,8}u|--user|--proxy-user)
        (?:=|["']?,?\s{0,9})(?:(?P<quote>["'])(?=[^"'\r\n]*:))?(?P<secret>(?(quote)
        (?:(?!(?P=quote)).)+|(?=\S*:)(?>(?:[^\s"'`,]|,(?=\S)|"[^"\r\n]*+"|'[^'\r\n]*+')+)))"""),
    ("urllib, httpx, redis-py, pydantic, libpq: errors", "integer value|port:|of pipeline|base 10: "
        '|input_value=|to parse: |header value|control char|row contains |host name |"=" after',
        r"""(?:integer\ value\ as|(?:invalid|nonnumeric)\ port:|command\ \#\ \d++\ \(\w++
        |(?:header\ value:?|failed\ to\ parse:)(?=\ b?[h"'])|control\ characters\.|,\ input_value=
        |failing\ row\ contains|base\ 10:(?=\ .\S{8})|host\ name(?=\ \S*@)|"="\ after)(?:(?<==)|[ ])
        (?P<secret>[\s\S]{1,400}?)(?=\)\ of\ pipeline|,\ input_type=|$)"""),
    ("SQL INSERT, SQLAlchemy, PostgreSQL: values after their names", "values|[parameters: |key (",
        r"""(?:(?P<sql>\[SQL:)|\()(?P<name>(?(sql)(?:(?!\[parameters:|\[SQL:)[\s\S]){1,4000}
        |[^()]{1,2000}))(?(sql)\[parameters:\ |\)(?:=|\s{1,9}values\s{0,9}))(?=[(\[{])"""),
    ("RFC 4180: rows of CSV after their names", "\n", r"""(?<![^\n])(?P<name>
        "?[a-z_][\w.$-]*+"?(?P<comma>[,;\t|])(?>"?[\w.$-]++"?(?P=comma)?)+)\r?\n
        (?P<secret>(?>(?:[^\n]*(?P=comma)[^\n]*\n?)+))"""),
    ("OWASP: values after names", "pass|secret|token|key|auth|cookie|cred|bearer|jwt|pw|otp|cvc|cvv"
        "|srf|ssn|psk|pin|sig|salt|seed|jsess|sid|dsn|nstr|n_str|card|assertion|code|mnemonic|url"
        "|uri|session=|session:|-session |session'|session\"|session\\|bpat|b_pat|b-pat",  # in each
        r"""(?<![\w.$<-])(?!(?<=\d:)secret:)(?>(?:(?<=%)[0-9a-f]{2}|(?<=\\)[nr])?)       # no ARN
        (?P<option>(?=--?[a-z])|(?<=\bset[ ])|(?<=\benv[ ])|(?<=/:))?         # --name value
        (?P<first>(?<=[\[(]["'])|(?<=[\[(]b["'])|(?<=[\[(]\\["']))?            # of a pair
        (?:(?P<tag><(?:\w{1,32}:)?)|[.$-]*+)
        (?P<name>[a-z_][\w.$-]*+(?:[ ](?:key|token|secret|password|code|provided|given)\b){0,2})
        (?(option)|(?(tag)|(?=\s{0,12}(?:[^\w\s]|i[ns]\b|not\b|i?like|str|\w{0,16}(?:val|inp|def)))))
        (?:(?::\s{1,3}[\w.\[\]|]{1,40}|:?\s{0,3}str(?:ing)?)\s{0,3}=\s{0,3}(?=b?\\*["'`])  # typed
        |(?P<end>\\*["'`]|%22|&quot;)?(?:\[\w{0,64}\]|\])?[ \t]{0,24}(?:is\s?)?
            (?:[:?+|!.]{0,3}=[>=]?|:|->|\|\||%3[ad])(?:[ \t+]|%20){0,24}\s{0,3}  # = := => : ||
        |\\*["']?[\s,)\]]{1,12}(?:\\*["']?\w{1,32}\\*["']?[:=]\s?               # name, value
            (?:\\*"[^"\r\n]{0,200}"|\\*'[^'\r\n]{0,200}'|[\w./-]{0,64}),\s?){0,3}
            \\*["']?(?!max|min)\w{0,16}(?:value|input|default)(?P<after>\\*["'])?\s{0,3}[:=]\s{0,3}
        |(?<!unexpected\ token)(?<!session)\s{1,3}(?:is\s)?\(?(?=b?["'`]\S{8})  # quoted, no word
            (?=\S{0,64}(?:[0-9]|(?-i:[a-z][A-Z])))(?!.\[)
        |\\*["']\s{0,3},\s{0,3}(?(first)|(?(option)|(?!)))(?=b?\\*["'])        # ["name", "value"]
        |\\*["'](?:\r?\n|\\r\\n){2}                                            # part of a form
        |["'`]?\s{1,3}(?:not\s)?(?:i?like|in)\s{0,3}(?=\(?')                   # of SQL
        |(?(tag)(?:\s[^<>]{0,300})?>(?:<!\[cdata\[)?|(?(option)\s{1,3}(?![\s=:-])|(?!))))
        (?![a-z-]{3,20}\s\[redacted\])"""),
    ("RFC 5322, section 3.4.1: e-mail address", "@|%40", r"""(?<![\w.+-])(?!git@)
        (?P<secret>\w[\w.+-]*+(?:@|%40)(?:[\w-]{1,63}+\.){1,8}[^\W\d_][\w-]{1,23})"""),
)  # fmt: skip


def _token(prefix: str, body: str, lead: str = "") -> str:
    """A pattern that begins with the prefix, which `re` finds fast, and then looks behind it."""
    prefix, seen = re.escape(prefix), "" if lead else re.escape(prefix)
    start = rf"(?:(?<![A-Za-z0-9]{seen})|(?<=\\[nrt]{seen})|(?<=%[0-9A-Fa-f]{{2}}{seen}))"
    return f"(?a)(?P<secret>{f'{start}(?:{lead}){prefix}' if lead else prefix + start}{body})"


# Of each row: its hints, its pattern, its marker. Colours go first, which part names from values.
ROWS: list[tuple[Any, ...]] = [(["\x1b["], "(?P<secret>\x1b\\[[0-9;]*m)", "")]
ROWS += [
    ([prefix.lower()], _token(prefix, *body))
    for entries, *body in PROVIDERS
    for prefix in re.sub("[^;]*?: |;", " ", entries).split()
]
ROWS += [(hints.split("|"), f"(?ix){pattern}", *marker) for _, hints, pattern, *marker in PLACES]


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


# As many digits in a row as the numbers below have: a fast look before their patterns.
has_number = re.compile(r"(?a)\d(?=[\d -]{10})(?:\d\d-\d\d-\d{4}|(?:[ -]*+\d){11})").search
# ISO 13616: a country, two check digits, up to 30 characters.
IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])")
# ISO/IEC 7812: what the networks' numbers begin with, alone or in groups; not behind `id=`.
CARD = re.compile(r"""(?ix)(?:(?P<id>id["']?[=:]\ ?["']?)|(?<![\w.-]))
    (?:4|5[0-8]|2[2-7]|3[04-9]|6)\d(?:[ -]?\d){11,17}(?![\w-]|\.\d)""")
SSN = re.compile(r"(?<![\w-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\w-])")  # US (SSA)
