# Managed by the template: edits here are merged on update.
"""Token formats of providers, as data: what a token begins with, and its body.

The formats are those of the providers' documentation and of the rules of public secret scanners.
"""

import re

_ALNUM = "[A-Za-z0-9]"

# Of each row: providers and their prefixes, the body that follows one, what precedes it. What has
# no upper bound is possessive: a hostile text costs no more than its length.
PROVIDERS: tuple[tuple[str, ...], ...] = (
    ("""Aiven: AVNS_; Alibaba Cloud: LTAI; Anthropic: sk-ant-; Atlassian: ATATT3 ATCTT3 ATBB;
        AWS Marketplace: amzn.mws.; Contentful: CFPAT-; Discord: discord.com/api/webhooks/
        discordapp.com/api/webhooks/; Docker: dckr_; Doppler: dp.pt. dp.st. dp.ct. dp.sa. dp.scim.
        dp.audit.; Figma: figd_ figu_; Flutterwave: FLWSECK FLWPUBK; GitHub: ghp_ gho_ ghu_ ghs_
        ghr_ github_pat_; GitLab: glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas-
        glsoat- glffct- glrtr- GR1348941 glwt- _gitlab_session=; Google: ya29. GOCSPX- 1//0;
        Grafana: glsa_ glc_ eyJrIjoi; HashiCorp: hvs. hvb. hvr.; Heroku: HRKU-; HubSpot: pat-na
        pat-eu pat-ap; JSON Web Token: ZXlK; LinkedIn: WPL_AP; Neon: npg_; New Relic: NRAK- NRII-
        NRJS- NRRA-; PlanetScale: pscale_tkn_ pscale_oauth_ pscale_pw_; Razorpay: rzp_live_
        rzp_test_; SettleMint: sm_aat_ sm_pat_ sm_sat_; Slack: xox xapp- xwfp- hooks.slack.com/;
        Snyk: snyk_uat. snyk_sat.; Square: sq0; Stripe: sk_live_ sk_test_ sk_prod_ whsec_ rk_live_
        rk_test_ rk_prod_; Tailscale: tskey-; Tavily: tvly-; Twitter: AAAAAAAAAAAAAAAAAAAAA;
        Zapier: hooks.zapier.com/hooks/""", r"[\w.%+/=~-]{10,}+"),
    ("""Adafruit: aio_; Adobe: p8e-; Artifactory: AKCp cmVmd; AWS AppSync: da2-; Buildkite: bkua_
        bkct_; CAST AI: castai_v1_; Cerebras: csk-; CircleCI: CCIPAT_ CCIPRJ_; Clojars: CLOJARS_;
        crates.io: cio; Databricks: dapi dose dkea; Deno: ddp_ ddw_; DigitalOcean: dop_v1_ doo_v1_
        dor_v1_; Dynatrace: dt0c01. dt0s01. dt0s16.; EasyPost: EZAK EZTK; ElevenLabs: sk_;
        Groq: gsk_; Honeycomb: hcaik_ hcxik_ hcalk_ hcamk_; Hugging Face: hf_ api_org_;
        Infracost: ico-; Intra42: s-s4t2ud- s-s4t2af-; LangSmith: lsv2_pt_ lsv2_sk_;
        Linear: lin_api_ lin_oauth_; MailerSend: mlsn.; Neon: napi_; Netlify: nfp_ nfo_ nfc_ nfb_
        nfu_; Notion: ntn_ secret_; npm: npm_; NuGet: oy2; OneSignal: os_v2_app_ os_v2_org_;
        Perplexity: pplx-; PostHog: phx_ phs_ pha_ phr_; Postman: PMAK-; Prefect: pnu_ pnb_;
        PubNub: sec-c-; Pulumi: pul-; ReadMe: rdme_; Render: rnd_; Replicate: r8_;
        RubyGems: rubygems_; Shippo: shippo_live_ shippo_test_; Shopify: shpat_ shpca_ shppa_ shpss_
        shptka_; SonarQube: squ_ sqp_ sqa_; Tencent Cloud: AKID; Trello: ATTA; Vercel: vcp_ vck_
        vca_ vcr_; xAI: xai-; Xata: xau_""", rf"{_ALNUM}{{20,}}[\w.+/=-]*+"),
    ("""1Password: ops_eyJ; age: AGE-SECRET-KEY-1; Bitbucket: BBDC-; Brevo: xkeysib- xsmtpsib-;
        Confluent: cflt; dbt: dbtc_ dbtu_; Defined Networking: dnkey-; Duffel: duffel_;
        Elastic: essu_; Fly.io: fm1r_ fm1a_ fm2_ fo1_; Frame.io: fio-u-; Google: AIza AQ.Ab;
        Intercom: dG9rO; Jina: jina_; MongoDB Atlas: mdb_sa_sk_; NVIDIA: nvapi-; OpenShift: sha256~;
        Packagist: packagist_; Pinecone: pcsk_; Plaid: access-sandbox- access-production-;
        PyPI: pypi-AgE; Scalingo: tk-us- tk-eu-; Sentry: sntry; Sourcegraph: sgp_; Supabase: sbp_
        sb_secret_; Together AI: tgp_v1_; Typeform: tfp_; Vercel: vercel_blob_rw_; Yandex: AQVN y0_
        y1_ y2_ y3_""", r"[\w+/=.,~-]{30,}+"),
    ("""Adyen: AQE; AWS: IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz; AWS Bedrock: ABSK bedrock-api-key-;
        Dropbox: sl.; Facebook, Square: EAA; Instagram: IGQV IGQW IGAA;
        Microsoft Teams: webhook.office.com/webhookb2/; Salesforce: 3MVG9""",
        r"[\w+/=%.{}@-]{58,}+"),
    ("AWS: AKIA ASIA ABIA ACCA A3T", r"[A-Z0-9]{16,17}"),
    ("Airtable: pat; Braintree: access_token$production$ access_token$sandbox$; Cloudflare: v1.0-",
        rf"{_ALNUM}{{14,24}}[.$-]{_ALNUM}{{32,}}+"),
    ("GoCardless, Lob: live_; OpenAI: sk-", r"(?=[\w=-]{0,48}\d)[\w=-]{30,}+"),
    ("Harness: pat. sat.; Mapbox: pk. sk. tk.; SendGrid: SG.", r"[\w-]{16,}+\.[\w.-]{16,}+"),
    ("JSON Web Token: eyJ", r"(?<![_-]...)[\w-]{10,}+(?:\.[\w-]*+){1,4}"),
    ("LaunchDarkly: sdk- mob-", r"[0-9a-f]{8}-[0-9a-f-]{27}"),
    ("Mailgun: key- pubkey-; Twilio: SK", r"[0-9a-f]{32}\b"),
    ("Octopus Deploy: API-", r"[A-Z0-9]{26}(?!\w)"),
    ("PEM: -----BEGIN", r" [A-Z0-9 ]{0,40}PRIVATE KEY(?:(?!-----END)[\s\S])*+[A-Z0-9 -]*+"),
    ("Resend: re_", rf"{_ALNUM}{{8}}_{_ALNUM}{{20,}}+"),
    ("Azure: JQQJ99 AzCa AzSe AzFu +ASt +ABa +AEh ACDb; Azure DevOps: AZDO; HashiCorp: .atlasv1.",
        r"[\w+/=-]{4,}+", r"[\w+/-]{14,76}"),
    ("Azure Entra ID: Q~", r"[\w~.-]{31,}+", r"[\w~.]{3}\d"),
    ("Discord: .", r"[\w-]{6}\.[\w-]{27,}+", r"[MNO][\w-]{23,27}"),
    ("Facebook: |; Salesforce: !; Telegram: :A", r"[\w.-]{27,}+", r"00D\w{12,15}|(?:bot)?\d{5,16}"),
    ("Mailchimp: -us", r"\d{1,2}(?!\w)", r"[0-9a-f]{32}"),
)  # fmt: skip


def token_pattern(prefix: str, body: str, lead: str = "") -> str:
    """A pattern that begins with the prefix, which `re` finds fast, and then looks behind it."""
    prefix, seen = re.escape(prefix), "" if lead else re.escape(prefix)
    start = rf"(?:(?<![A-Za-z0-9]{seen})|(?<=\\[nrt]{seen})|(?<=%[0-9A-Fa-f]{{2}}{seen}))"
    return f"(?a)(?P<secret>{f'{start}(?:{lead}){prefix}' if lead else prefix + start}{body})"


# Of each prefix: its hint and its pattern.
TOKENS = [
    ([prefix.lower()], token_pattern(prefix, *body))
    for entries, *body in PROVIDERS
    for entry in entries.split(";")
    for prefix in entry.partition(": ")[2].split()
]
