"""Tokens of providers are redacted wherever they are; ids and hashes are kept.

The forms are as the providers document them, and are filled while the test runs: nothing that
looks like a secret is in the source.
"""

import random
import re
import string
import uuid

import pytest
from made import LETTERS, pieces
from observability.patterns import PROVIDERS
from observability.redaction import redact

ALPHABETS = {
    "alnum": LETTERS,
    "base64": LETTERS + "+/",
    "digit": string.digits,
    "hex": "0123456789abcdef",
    "lower": string.ascii_lowercase + string.digits,
    "upper": string.ascii_uppercase + string.digits,
    "word": LETTERS + "_-",
}

DOCUMENTED = r"""
1Password: ops_eyJ<200 base64>; Adafruit: aio_<28 alnum>; Adobe: p8e-<32 lower>;
Adyen: AQEyhm<80 alnum>; age: AGE-SECRET-KEY-1<58 upper>; Airtable: pat<14 alnum>.<64 hex>;
Aiven: AVNS_<19 word>; Alibaba Cloud: LTAI<20 alnum>;
Anthropic: sk-ant-api03-<93 word>AA, sk-ant-admin01-<93 word>AA;
Artifactory: AKCp<69 alnum>, cmVmd<59 alnum>; Atlassian: ATATT3<186 word>, ATBB<28 alnum>;
AWS: AKIA<16 upper>, A3TX<16 upper>, IQoJb3JpZ2lu<300 base64>; AWS AppSync: da2-<26 lower>;
AWS Bedrock: ABSK<109 base64>; AWS Marketplace: amzn.mws.<8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>;
Azure: <52 alnum>JQQJ99<26 alnum>, <76 base64>+ASt<5 alnum>A==, <33 alnum>AzCa<6 alnum>=;
Azure DevOps: <76 lower>AZDO<4 alnum>; Azure Entra ID: <3 alnum>8Q~<34 word>;
Bitbucket: BBDC-<44 alnum>; Braintree: access_token$production$<16 lower>$<32 hex>;
Brevo: xkeysib-<64 hex>-<16 alnum>; Buildkite: bkua_<40 hex>; CAST AI: castai_v1_<64 hex>_<8 hex>;
Cerebras: csk-<48 lower>; CircleCI: CCIPAT_<22 alnum>_<40 hex>; Clojars: CLOJARS_<60 lower>;
Cloudflare: v1.0-<24 hex>-<146 hex>; Confluent: cflt<60 base64>; Contentful: CFPAT-<43 word>;
crates.io: cio<32 alnum>; Databricks: dapi<32 hex>, dapi<32 hex>-2, dose<32 hex>;
dbt: dbtc_<54 word>, dbtu_<54 word>; Defined Networking: dnkey-<26 word>-<52 word>;
Deno: ddp_<36 alnum>; DigitalOcean: dop_v1_<64 hex>, doo_v1_<64 hex>, dor_v1_<64 hex>;
Discord: https://discord.com/api/webhooks/<18 digit>/<68 word>, M<23 alnum>.G<5 word>.<38 word>;
Docker: dckr_pat_<27 word>, dckr_oat_<32 word>; Doppler: dp.pt.<43 alnum>; Dropbox: sl.<135 word>;
Duffel: duffel_live_<43 word>; Dynatrace: dt0c01.<24 upper>.<64 upper>;
EasyPost: EZAK<54 alnum>, EZTK<54 alnum>; Elastic: essu_<60 alnum>; ElevenLabs: sk_<48 hex>;
Facebook: <15 digit>|<27 word>; Facebook, Square: EAACEdEose0cBA<100 alnum>, EAAA<60 word>;
Figma: figd_<40 word>; Flutterwave: FLWSECK_TEST-<32 hex>-X; Fly.io: fm2_<120 base64>;
Frame.io: fio-u-<64 word>;
GitHub: ghp_<36 alnum>, gho_<36 alnum>, ghu_<36 alnum>, ghs_<36 alnum>, ghr_<36 alnum>,
github_pat_<22 alnum>_<59 alnum>;
GitLab: glpat-<20 word>, glrt-<20 word>, gldt-<20 word>, GR1348941<20 word>;
GoCardless, Lob: live_<10 digit><30 word>, live_<35 hex>;
Google: AIza<35 word>, ya29.<120 word>, GOCSPX-<28 word>, 1//0<60 word>;
Grafana: glsa_<32 alnum>_<8 hex>, glc_<60 base64>; Groq: gsk_<52 alnum>;
Harness: pat.<22 word>.<24 lower>.<20 lower>;
HashiCorp: hvs.<90 word>, <14 alnum>.atlasv1.<64 word>; Heroku: HRKU-AA<58 word>;
Honeycomb: hcaik_<58 lower>; HubSpot: pat-na1-<8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>;
Hugging Face: hf_<34 alnum>, api_org_<34 alnum>; Infracost: ico-<32 alnum>;
Instagram: IGQV<140 word>; Intercom: dG9rO<55 base64>; Intra42: s-s4t2ud-<64 hex>;
Jina: jina_<60 alnum>;
JSON Web Token: eyJhbGci<28 word>.eyJzdWIi<60 word>.<43 word>, ZXlK<80 base64>==;
LangSmith: lsv2_pt_<32 hex>_<10 hex>; LaunchDarkly: sdk-<8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>;
Linear: lin_api_<40 alnum>; LinkedIn: WPL_AP1.<16 alnum>; Mailchimp: <32 hex>-us14;
MailerSend: mlsn.<64 hex>; Mailgun: key-<32 hex>;
Mapbox: pk.<60 lower>.<22 lower>, sk.<60 alnum>.<22 alnum>;
Microsoft Teams: https://acme.webhook.office.com/webhookb2/<36 hex>@<36 hex>/x/<32 hex>;
MongoDB Atlas: mdb_sa_sk_<40 word>; Neon: napi_<64 lower>, npg_<16 alnum>; Netlify: nfp_<40 alnum>;
New Relic: NRAK-<27 upper>, NRJS-<19 hex>; Notion: ntn_<46 alnum>, secret_<43 alnum>;
npm: npm_<36 alnum>; NuGet: oy2<43 lower>; NVIDIA: nvapi-<64 word>; Octopus Deploy: API-<26 upper>;
OneSignal: os_v2_app_<100 lower>;
OpenAI: sk-<20 alnum>T3BlbkFJ<20 alnum>, sk-proj-7<150 word>, sk-svcacct-7<100 word>;
OpenShift: sha256~<43 word>; Packagist: packagist_ort_<68 hex>; Perplexity: pplx-<48 alnum>;
Pinecone: pcsk_<6 alnum>_<60 alnum>; Plaid: access-sandbox-<8 hex>-<4 hex>-<4 hex>-<4 hex>-<12 hex>;
PlanetScale: pscale_tkn_<43 word>, pscale_pw_<43 word>, pscale_oauth_<43 word>;
PostHog: phx_<43 alnum>; Postman: PMAK-<24 hex>-<34 hex>; Prefect: pnu_<36 alnum>;
PubNub: sec-c-<48 alnum>; Pulumi: pul-<40 hex>; PyPI: pypi-AgEIcHlwaS5vcmc<150 word>;
Razorpay: rzp_live_<14 alnum>; ReadMe: rdme_<70 lower>; Render: rnd_<32 alnum>;
Replicate: r8_<37 alnum>; Resend: re_<8 alnum>_<24 alnum>; RubyGems: rubygems_<48 hex>;
Salesforce: 00D<15 alnum>!<90 alnum>, 3MVG9<80 alnum>; Scalingo: tk-us-<48 word>;
SendGrid: SG.<22 word>.<43 word>; Sentry: sntryu_<64 hex>, sntrys_eyJpYXQi<120 base64>_<43 base64>;
SettleMint: sm_pat_<16 alnum>; Shippo: shippo_live_<40 hex>, shippo_test_<40 hex>;
Shopify: shpat_<32 hex>, shpca_<32 hex>, shppa_<32 hex>, shpss_<32 hex>;
Slack: xoxb-<12 digit>-<12 digit>-<24 alnum>, xoxp-<12 digit>-<12 digit>-<24 alnum>,
xoxa-<12 digit>-<24 alnum>, xoxr-<12 digit>-<24 alnum>, xoxs-<12 digit>-<24 alnum>,
xapp-1-A<10 upper>-<13 digit>-<64 hex>,
https://hooks.slack.com/services/T<8 upper>/B<8 upper>/<24 alnum>;
Snyk: snyk_uat.<8 hex>.<60 word>; SonarQube: squ_<40 hex>;
Sourcegraph: sgp_<16 hex>_<40 hex>, sgp_<40 hex>; Square: sq0atp-<22 word>, sq0csp-<43 word>;
Stripe: sk_live_<24 alnum>, rk_test_<24 alnum>, whsec_<32 alnum>; Supabase: sbp_<40 hex>;
Tailscale: tskey-auth-<12 alnum>CNTRL-<32 alnum>; Tavily: tvly-<32 alnum>;
Telegram: <9 digit>:AA<33 word>; Tencent Cloud: AKID<32 alnum>; Together AI: tgp_v1_<43 word>;
Trello: ATTA<72 hex>; Twilio: SK<32 hex>; Twitter: AAAAAAAAAAAAAAAAAAAAA<30 alnum>%2F<40 alnum>;
Typeform: tfp_<44 word>_<14 alnum>; Vercel: vcp_<56 alnum>, vercel_blob_rw_<16 alnum>_<30 alnum>;
xAI: xai-<80 alnum>; Xata: xau_<39 alnum>; Yandex: AQVN<36 word>, y0_<58 word>;
Zapier: https://hooks.zapier.com/hooks/catch/<8 digit>/<7 lower>
"""
"""Provider: form, form; `<20 hex>` is 20 of that alphabet."""

FORMS = {
    name: forms.split(", ")
    for entry in " ".join(DOCUMENTED.split()).split("; ")
    for name, _, forms in [entry.partition(": ")]
}
FORMS["PEM"] = [
    f"-----BEGIN {kind}PRIVATE KEY-----\n<64 base64>\n-----END {kind}PRIVATE KEY-----"
    for kind in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ")
]

CARRIERS = {
    "naked": "<secret>",
    "in a sentence": "the upstream answered <secret>, so it stops",
    "in an exception": "Traceback (most recent call last):\nValueError: refused '<secret>'",
    "in a path": "GET https://api.example.test/hooks/<secret>",
    "after a written line end": "first line\\n<secret>",
    "in a list": '["a", "<secret>"]',
}


def filled(form: str, seed: object) -> str:
    chance = random.Random(f"{form} {seed}")

    def fill(found: "re.Match[str]") -> str:
        return "".join(chance.choices(ALPHABETS[found[2]], k=int(found[1])))

    return re.sub(r"<(\d+) (\w+)>", fill, form)


def test_each_provider_of_the_table_has_a_form_here() -> None:
    entries = [entry for entries, *_ in PROVIDERS for entry in entries.split(";")]

    assert {entry.partition(": ")[0].strip() for entry in entries} == FORMS.keys()


@pytest.mark.parametrize("provider", FORMS)
def test_a_token_of_a_provider_is_redacted_wherever_it_is(provider: str) -> None:
    for form in FORMS[provider]:
        for seed, (carrier, around) in enumerate(CARRIERS.items()):
            secret = filled(form, seed)

            shown = redact(around.replace("<secret>", secret))

            left = pieces(secret) - pieces(around) - pieces(form)
            left = {piece for piece in left if piece in shown}
            assert not left, f"{provider}, {carrier}: {sorted(left)[0]!r} of {form} is in {shown!r}"
            assert redact(shown) == shown, "redacting twice changes the text"


HARMLESS = {
    "UUID": lambda chance: str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    "UUID without dashes": lambda chance: f"{chance.getrandbits(128):032x}",
    "span id": lambda chance: f"{chance.getrandbits(64):016x}",
    "SHA-1": lambda chance: f"{chance.getrandbits(160):040x}",
    "SHA-256": lambda chance: f"sha256:{chance.getrandbits(256):064x}",
    "traceparent": lambda chance: (
        f"00-{chance.getrandbits(128):032x}-{chance.getrandbits(64):016x}-01"
    ),
    "ULID": lambda chance: "01" + "".join(chance.choices("0123456789ABCDEFGHJKMN", k=24)),
    "KSUID": lambda chance: "".join(chance.choices(ALPHABETS["alnum"], k=27)),
    "nano id": lambda chance: "".join(chance.choices(ALPHABETS["word"], k=21)),
    "id of Redis Streams": lambda chance: f"{chance.randrange(17 * 10**11, 18 * 10**11)}-0",
    "time": lambda chance: f"2026-11-{chance.randrange(10, 31)}T10:{chance.randrange(10, 60)}:00Z",
    "base64": lambda chance: "".join(chance.choices(ALPHABETS["base64"], k=44)),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_an_id_or_a_hash_is_kept(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(500):
        value = HARMLESS[kind](chance)
        for text in (value, f"request_id={value}", f"saw {value} again", f'{{"etag": "{value}"}}'):
            assert redact(text) == text
