# Managed by the service template: change it there, or expect a merge on update.
"""The table of secrets that are known by their shape alone, wherever they stand."""

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shape:
    """What a provider's secrets look like: one of the prefixes, then the body.

    The prefixes are tried first, as plain text: a pattern costs far more. A `lead` is a pattern
    for what stands before the prefix.
    """

    provider: str
    prefixes: tuple[str, ...]
    body: str
    lead: str = ""
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        start = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
        prefix = "|".join(map(re.escape, self.prefixes))
        pattern = re.compile(f"{start}{self.lead}(?:{prefix}){self.body}", re.ASCII)
        object.__setattr__(self, "pattern", pattern)


_PEM = r"[^-]*+(?:-(?!----END )[^-]*+)*+(?:-----END [A-Z0-9 ]*+-----)?"
"""What follows, to the end of the block, or of a text that was cut."""

# Provider, prefixes, body, lead. What may be long ends in a possessive `++` or `{n,}+`, so that a
# long hostile text costs no more than its length; a text that was cut still fits.
SHAPES = tuple(
    Shape(provider, tuple(prefixes.split()), *patterns)
    for provider, prefixes, *patterns in (
        ("1Password", "ops_eyJ", r"[\w+/=-]{40,}+"),
        ("1Password", "A3-", r"[A-Z0-9]{6}(?:-[A-Z0-9]{5,11}){2,5}"),
        ("Adobe", "p8e-", r"[A-Za-z0-9]{32}"),
        ("age", "AGE-SECRET-KEY-1", r"[A-Z0-9]{40,}+"),
        ("Airtable", "pat", r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
        ("Alibaba Cloud", "LTAI", r"[A-Za-z0-9]{16,}+"),
        ("Anthropic", "sk-ant-", r"[\w-]{20,}+"),
        ("Artifactory", "AKCp cmVmd", r"[A-Za-z0-9]{50,}+"),
        ("Atlassian", "ATATT3 ATCTT3 ATBB", r"[\w=.-]{28,}+"),
        ("AWS", "AKIA ASIA ABIA ACCA", r"[A-Z0-9]{16}"),
        ("AWS Bedrock", "ABSK bedrock-api-key-", r"[A-Za-z0-9+/=]{60,}+"),
        ("Azure Entra ID", "Q~", r"[\w~.-]{31,}+", r"[\w~.]{3}\d"),
        ("Brevo", "xkeysib- xsmtpsib-", r"[\w-]{40,}+"),
        ("Buildkite", "bkua_ bkct_", r"[A-Za-z0-9]{30,}+"),
        ("CircleCI", "CCIPAT_ CCIPRJ_", r"\w{30,}+"),
        ("Cloudflare", "v1.0-", r"[a-f0-9]{24}-[a-f0-9]{40,}+"),
        ("Contentful", "CFPAT-", r"[\w-]{30,}+"),
        ("Databricks", "dapi", r"[a-f0-9]{32}(?:-\d)?"),
        ("DigitalOcean", "dop_v1_ doo_v1_ dor_v1_", r"[a-f0-9]{32,}+"),
        ("Discord", "/api/webhooks/", r"\d{15,}/[\w-]{30,}+", r"discord(?:app)?\.com"),
        ("Doppler", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", r"[\w.-]{30,}+"),
        ("Dropbox", "sl.", r"(?:u\.)?[\w=-]{60,}+"),
        ("Duffel", "duffel_live_ duffel_test_", r"[\w=-]{30,}+"),
        ("Dynatrace", "dt0c01. dt0s01. dt0s16.", r"[A-Z0-9]{8,24}\.[A-Z0-9]{40,}+"),
        ("EasyPost", "EZAK EZTK", r"[A-Za-z0-9]{50,}+"),
        ("Facebook", "|", r"[\w-]{27,}+", r"\d{15,16}"),
        ("Facebook, Square", "EAA", r"[\w-]{58,}+"),
        ("Figma", "figd_ figu_", r"[\w-]{30,}+"),
        ("Flutterwave", "FLWSECK_TEST- FLWSECK- FLWPUBK_TEST- FLWPUBK-", r"[\w-]{12,}+"),
        ("Fly.io", "fm1r_ fm1a_ fm2_ fo1_", r"[\w+/=,-]{40,}+"),
        ("Frame.io", "fio-u-", r"[\w=-]{40,}+"),
        ("GitHub", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"[\w.-]{20,}+"),
        ("GitLab", "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent-", r"[\w.-]{16,}+"),
        ("GitLab", "gloas- glsoat- glffct- glrtr- GR1348941", r"[\w.-]{16,}+"),
        ("Google", "AIza", r"[\w-]{32,}+"),
        ("Google", "ya29. GOCSPX- 1//0", r"[\w.-]{20,}+"),
        ("Grafana", "glsa_ glc_ eyJrIjoi", r"[\w+/=]{30,}+"),
        ("Groq", "gsk_", r"[A-Za-z0-9]{30,}+"),
        ("Harness", "pat. sat.", r"[\w-]{22}\.[a-z0-9]{24}\.[a-z0-9]{20}"),
        ("HashiCorp", "hvs. hvb. hvr.", r"[\w-]{20,}+"),
        ("HashiCorp", ".atlasv1.", r"[\w=-]{40,}+", r"[A-Za-z0-9]{14}"),
        ("Heroku", "HRKU-", r"[\w-]{30,}+"),
        ("HubSpot", "pat-na1- pat-na2- pat-eu1- pat-ap1-", r"[a-f0-9-]{36}"),
        ("Hugging Face", "hf_ api_org_", r"[A-Za-z0-9]{30,}+"),
        ("Intercom", "dG9rO", r"[\w+/=]{40,}+"),
        ("Intra42", "s-s4t2ud- s-s4t2af-", r"[a-f0-9]{64}"),
        ("JSON Web Token", "eyJ", r"[\w-]{10,}+(?:\.[\w-]*+){1,4}", r"(?<![_-])"),
        ("JSON Web Token", "ZXlK", r"[\w+/=-]{16,}+"),
        ("LangSmith", "lsv2_pt_ lsv2_sk_", r"\w{30,}+"),
        ("Linear", "lin_api_ lin_oauth_", r"[A-Za-z0-9]{30,}+"),
        ("Mailchimp", "-us", r"\d{1,2}(?!\w)", r"[0-9a-f]{32}"),
        ("Mailgun", "key- pubkey-", r"[0-9a-f]{32}"),
        ("Microsoft Teams", ".webhook.office.com/webhookb2/", r"[\w@/-]{60,}+", r"[\w-]{1,63}"),
        ("Netlify", "nfp_", r"[A-Za-z0-9]{30,}+"),
        ("New Relic", "NRAK- NRII- NRJS- NRRA-", r"[A-Za-z0-9_-]{19,}+"),
        ("Notion", "ntn_ secret_", r"[A-Za-z0-9]{40,}+"),
        ("npm", "npm_", r"[A-Za-z0-9]{30,}+"),
        ("NuGet", "oy2", r"[a-z0-9]{43}(?![a-z0-9])"),
        ("NVIDIA", "nvapi-", r"[\w-]{40,}+"),
        ("Octopus Deploy", "API-", r"[A-Z0-9]{26}(?!\w)"),
        ("OpenAI", "sk-", r"(?=[\w-]{0,48}\d)[\w-]{20,}+"),
        ("OpenShift", "sha256~", r"[\w-]{40,}+"),
        ("Perplexity", "pplx-", r"[A-Za-z0-9]{40,}+"),
        ("Plaid", "access-sandbox- access-development- access-production-", r"[0-9a-f-]{36}"),
        ("PlanetScale", "pscale_tkn_ pscale_oauth_ pscale_pw_", r"[\w=.-]{30,}+"),
        ("PostHog", "phx_ phs_", r"[A-Za-z0-9_]{40,}+"),
        ("Postman", "PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}"),
        ("PEM", "-----BEGIN ", rf"[A-Z0-9 ]{{0,40}}PRIVATE KEY{_PEM}"),
        ("Pulumi", "pul-", r"[a-f0-9]{40}"),
        ("PyPI", "pypi-AgE", r"[\w-]{40,}+"),
        ("Razorpay", "rzp_live_ rzp_test_", r"[A-Za-z0-9]{14,}+"),
        ("Replicate", "r8_", r"[A-Za-z0-9]{37}"),
        ("RubyGems", "rubygems_", r"[a-f0-9]{48}"),
        ("SendGrid", "SG.", r"[\w-]{16,32}\.[\w.-]{16,}+"),
        ("Sentry", "sntrys_ sntryu_", r"[\w+/=-]{40,}+"),
        ("SettleMint", "sm_aat_ sm_pat_ sm_sat_", r"[A-Za-z0-9]{16,}+"),
        ("Shopify", "shpat_ shpca_ shppa_ shpss_ shptka_", r"[A-Fa-f0-9]{32}"),
        ("Slack", "xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxc- xoxd-", r"[\w.%-]{10,}+"),
        ("Slack", "xoxe- xoxe. xapp-", r"[\w.%-]{10,}+"),
        ("Slack", "hooks.slack.com/", r"(?:services|workflows|triggers)/[\w/+-]{20,}+"),
        ("Snyk", "snyk_uat. snyk_sat.", r"[\w.-]{30,}+"),
        ("SonarQube", "squ_ sqp_ sqa_", r"[a-f0-9]{40}"),
        ("Sourcegraph", "sgp_", r"\w{40,}+"),
        ("Square", "sq0atp- sq0csp- sq0idp-", r"[\w-]{22,}+"),
        ("Stripe", "sk_live_ sk_test_ sk_prod_ whsec_", r"[A-Za-z0-9+/=]{10,}+"),
        ("Stripe", "rk_live_ rk_test_ rk_prod_", r"[A-Za-z0-9]{10,}+"),
        ("Supabase", "sbp_ sb_secret_", r"\w{30,}+"),
        ("Tailscale", "tskey-", r"[\w-]{20,}+"),
        ("Telegram", ":A", r"[\w-]{34}", r"(?:bot)?\d{5,16}"),
        ("Twilio", "SK", r"[0-9a-f]{32}(?!\w)"),
        ("Typeform", "tfp_", r"[\w=.-]{40,}+"),
        ("Vercel", "vcp_ vck_ vca_ vcr_", r"[A-Za-z0-9]{20,}+"),
        ("xAI", "xai-", r"[A-Za-z0-9]{60,}+"),
    )
)  # fmt: skip

_SIGNS = {
    prefix: next((sign for sign in "_-." if sign in prefix), "")
    for shape in SHAPES
    for prefix in shape.prefixes
}

BY_SIGN = tuple(
    (sign, [(p, shape.pattern) for shape in SHAPES for p in shape.prefixes if _SIGNS[p] == sign])
    for sign in ("", "_", "-", ".")
)
"""Prefixes by a sign that they hold: most texts lack one, and with it a quarter of the table."""
