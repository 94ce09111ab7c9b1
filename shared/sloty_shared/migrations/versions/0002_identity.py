"""Doors for API keys, slugs and mailed tokens, and the counting of failed log-ins."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FUNCTIONS = {
    "find_tenant(text)": """
        CREATE FUNCTION find_tenant(slug_or_domain text) RETURNS uuid
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT t.id FROM tenants t WHERE t.slug = slug_or_domain
            UNION ALL
            SELECT t.id FROM tenants t WHERE t.domain = slug_or_domain
            LIMIT 1
        $$
    """,
    "find_api_key(bytea)": """
        CREATE FUNCTION find_api_key(hash bytea)
            RETURNS TABLE (tenant_id uuid, api_key_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT k.tenant_id, k.id FROM api_keys k WHERE k.key_hash = hash
        $$
    """,
    "find_verification_token(bytea)": """
        CREATE FUNCTION find_verification_token(hash bytea)
            RETURNS TABLE (tenant_id uuid, token_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT v.tenant_id, v.id FROM verification_tokens v WHERE v.token_hash = hash
        $$
    """,
    "find_account(text, text)": """
        CREATE FUNCTION find_account(account_provider text, account_id text)
            RETURNS TABLE (tenant_id uuid, user_id uuid)
            LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
            SELECT a.tenant_id, a.user_id FROM accounts a
            WHERE a.provider = account_provider AND a.provider_account_id = account_id
        $$
    """,
}


def upgrade() -> None:
    for signature, definition in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")
    # Set for a SUPER_ADMIN on the routes of the platform, and only for one transaction.
    op.execute(
        "CREATE POLICY platform_access ON tenants "
        "USING ((SELECT current_setting('app.platform', true)) = 'on')"
    )
    # Not of any tenant: who fails to log in may not exist.
    op.execute(
        "CREATE TABLE throttles ("
        " name bytea CONSTRAINT pk_throttles PRIMARY KEY,"
        " since timestamptz NOT NULL,"
        " count integer NOT NULL)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE throttles")
    op.execute("DROP POLICY platform_access ON tenants")
    for signature in FUNCTIONS:
        op.execute(f"DROP FUNCTION {signature}")
