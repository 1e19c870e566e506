"""logging-rules.yml finds the calls that ruff cannot see, and nothing else."""

import subprocess
import sysconfig
from pathlib import Path

import pytest

RULES = Path(__file__).parents[2] / "template" / "logging-rules.yml"
AST_GREP = Path(sysconfig.get_path("scripts")) / "ast-grep"

BAD = {
    "constant-message": [
        'logger.info(f"Order {order_id} placed")',
        'logger.info("Order %s placed" % order_id)',
        'logger.info("Order " + order_id)',
        'logger.info("Order {} placed".format(order_id))',
        "self.logger.warning(message, order_id=order_id)",
        'log.exception("one" f"{two}")',
    ],
    "secret-field": [
        'logger.info("Signed in", token=token)',
        'audit_logger.info("Signed in", actor_id="u-7", access_token=value)',
        'logger.error("Refused", db_password=value, retries=3)',
        'logger.debug("Sent", api_key=key)',
    ],
    "log-in-loop": [
        'async for message in websocket:\n    logger.debug("Received")',
        'while True:\n    data = await websocket.receive_bytes()\n    logger.info("Received", n=1)',
        'while not stop:\n    with timer:\n        await queue.get()\n        log.info("Taken")',
    ],
    "constant-event": [
        'logger.info("Order placed", event=event)',
        'logger.info("Order placed", event=f"order_{kind}")',
        'audit_logger.info("Signed in", event=events.LOGIN)',
    ],
}

GOOD = [
    'logger.info("Order placed", order_id=order_id)',
    'logger.info("Order %s placed", order_id)',
    'logger.info("one " "two", event="order_placed")',
    'audit_logger.info("Signed in", event=AuditEvent.AUTHN_LOGIN_SUCCESS, api_key_id="k-1")',
    'logger.info("Signed in", token_length=17, password_changed=True)',
    'async for message in websocket:\n    count += 1\nlogger.info("Session complete", count=count)',
    'while True:\n    await asyncio.sleep(3600)\n    logger.info("Still running")',
    'while True:\n    try:\n        await queue.get()\n    except OSError:\n        log.info("No")',
    "math.log(x)\nlogin.info(f'{x}')\ncatalog.info(message)",
    'logger.info("Order placed", event=event)  # ast-grep-ignore: constant-event',
    "# ast-grep-ignore: constant-message - the text is checked by its own test\nlogger.info(text)",
]


def scan(code: str, folder: Path) -> str:
    module = folder / "module.py"
    module.write_text(code, encoding="utf-8")
    command = [str(AST_GREP), "scan", "--rule", str(RULES), "--report-style", "short", str(module)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout


@pytest.mark.parametrize(
    ("rule", "code"), [(rule, code) for rule, examples in BAD.items() for code in examples]
)
def test_a_bad_call_is_found_by_its_rule_alone(rule: str, code: str, tmp_path: Path) -> None:
    found = scan(code, tmp_path)

    assert f"error[{rule}]" in found, f"{rule} does not see:\n{code}\nbut there is: {found}"
    assert found.count("error[") == 1, found


@pytest.mark.parametrize("code", GOOD)
def test_a_good_call_is_left_alone(code: str, tmp_path: Path) -> None:
    assert scan(code, tmp_path) == ""


def test_a_finding_has_the_position_of_what_is_wrong(tmp_path: Path) -> None:
    found = scan('x = 1\nlogger.info("Signed in", actor_id="u-7", token=x)\n', tmp_path)

    assert "module.py:2:42: error[secret-field]" in found
