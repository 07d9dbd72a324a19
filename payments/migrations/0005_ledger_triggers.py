"""The books are append-only, and a transaction that does not balance cannot be committed (D6.7)."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION payments_refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: a correction is a new posting';
END $$;
CREATE TRIGGER payments_ledgertransaction_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_ledger_change();
CREATE TRIGGER payments_ledgerentry_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_refuse_ledger_change();
"""

BALANCED = """
CREATE FUNCTION payments_ledger_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM payments_ledgerentry WHERE transaction_id = NEW.transaction_id
        GROUP BY currency HAVING sum(amount_minor) <> 0)
    THEN
        RAISE EXCEPTION 'ledger transaction % does not balance', NEW.transaction_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_ledgerentry_balances AFTER INSERT ON payments_ledgerentry
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION payments_ledger_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0004_ledger")]

    operations = [
        migrations.RunSQL(APPEND_ONLY, "DROP FUNCTION payments_refuse_ledger_change() CASCADE"),
        migrations.RunSQL(BALANCED, "DROP FUNCTION payments_ledger_balances() CASCADE"),
    ]
