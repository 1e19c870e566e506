# Managed by the service template: change it there, or expect a merge on update.
"""The names of audit events, as the OWASP Logging Vocabulary Cheat Sheet has them."""


class AuditEvent:
    """`audit_logger.info("Role granted", event=AuditEvent.AUTHZ_CHANGE, ...)`.

    What the cheat sheet puts behind a colon (the user, the reason) goes into fields of its own.
    """

    AUTHN_LOGIN_SUCCESS = "authn_login_success"  # somebody logged in
    AUTHN_LOGIN_SUCCESSAFTERFAIL = "authn_login_successafterfail"  # at last, after failing
    AUTHN_LOGIN_FAIL = "authn_login_fail"  # somebody could not log in
    AUTHN_LOGIN_FAIL_MAX = "authn_login_fail_max"  # and has no attempts left
    AUTHN_LOGIN_LOCK = "authn_login_lock"  # an account was locked; `reason` says why
    AUTHN_PASSWORD_CHANGE = "authn_password_change"  # a password was changed
    AUTHN_PASSWORD_CHANGE_FAIL = "authn_password_change_fail"  # a password could not be changed
    AUTHN_IMPOSSIBLE_TRAVEL = "authn_impossible_travel"  # one user, two places, too little time
    AUTHN_TOKEN_CREATED = "authn_token_created"  # a token for a service was made
    AUTHN_TOKEN_REVOKED = "authn_token_revoked"  # a token is no longer valid
    AUTHN_TOKEN_REUSE = "authn_token_reuse"  # somebody tried a revoked token
    AUTHN_TOKEN_DELETE = "authn_token_delete"  # a token was deleted

    AUTHZ_FAIL = "authz_fail"  # somebody tried what he may not do
    AUTHZ_CHANGE = "authz_change"  # what somebody may do was changed
    AUTHZ_ADMIN = "authz_admin"  # a privileged user did something

    CRYPT_DECRYPT_FAIL = "crypt_decrypt_fail"  # something could not be decrypted
    CRYPT_ENCRYPT_FAIL = "crypt_encrypt_fail"  # something could not be encrypted

    EXCESS_RATE_LIMIT_EXCEEDED = "excess_rate_limit_exceeded"  # more requests than are allowed

    UPLOAD_COMPLETE = "upload_complete"  # a file has arrived
    UPLOAD_STORED = "upload_stored"  # it was put where it stays
    UPLOAD_VALIDATION = "upload_validation"  # it was checked; `outcome` says with what result
    UPLOAD_DELETE = "upload_delete"  # it was deleted

    INPUT_VALIDATION_FAIL = "input_validation_fail"  # the server refused an input
    INPUT_VALIDATION_DISCRETE_FAIL = "input_validation_discrete_fail"  # one that was not offered

    MALICIOUS_EXCESS_404 = "malicious_excess_404"  # somebody guesses paths
    MALICIOUS_EXTRANEOUS = "malicious_extraneous"  # a field that no form of ours has
    MALICIOUS_ATTACK_TOOL = "malicious_attack_tool"  # a scanner, by its signature
    MALICIOUS_CORS = "malicious_cors"  # a request from an origin that is not allowed
    MALICIOUS_DIRECT_REFERENCE = "malicious_direct_reference"  # somebody else's object, by its id

    PRIVILEGE_PERMISSIONS_CHANGED = "privilege_permissions_changed"  # those of a file or object

    SENSITIVE_CREATE = "sensitive_create"  # sensitive data was made
    SENSITIVE_READ = "sensitive_read"  # it was read
    SENSITIVE_UPDATE = "sensitive_update"  # it was changed
    SENSITIVE_DELETE = "sensitive_delete"  # it was deleted

    SEQUENCE_FAIL = "sequence_fail"  # a step was taken before its turn

    SESSION_CREATED = "session_created"  # somebody has a session now
    SESSION_RENEWED = "session_renewed"  # it lives longer
    SESSION_EXPIRED = "session_expired"  # it ended: logged out, timed out or revoked
    SESSION_USE_AFTER_EXPIRE = "session_use_after_expire"  # and somebody used it all the same

    SYS_STARTUP = "sys_startup"  # a system was started
    SYS_SHUTDOWN = "sys_shutdown"  # a system was stopped
    SYS_RESTART = "sys_restart"  # a system was started again
    SYS_CRASH = "sys_crash"  # a system broke down
    SYS_MONITOR_DISABLED = "sys_monitor_disabled"  # something that watches was switched off
    SYS_MONITOR_ENABLED = "sys_monitor_enabled"  # something that watches was switched on again

    USER_CREATED = "user_created"  # an account was made
    USER_UPDATED = "user_updated"  # an account was changed
    USER_ARCHIVED = "user_archived"  # an account was closed and kept
    USER_DELETED = "user_deleted"  # an account was deleted
