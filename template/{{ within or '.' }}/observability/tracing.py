# Managed by the service template: change it there, or expect a merge on update.
"""The span of OpenTelemetry that is current, where the service uses it."""

import sys
from typing import Any


def span_ids() -> dict[str, str]:
    """`trace_id` and `span_id` of the current span; nothing without OpenTelemetry or outside one.

    Whoever has set up an SDK has imported the API: it is looked up, never imported, so that
    nobody else depends on it or pays for it (W3C Trace Context, section 3.2.2, for the shapes).
    """
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return {}
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return {}
    return {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
