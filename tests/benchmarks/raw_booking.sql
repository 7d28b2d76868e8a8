-- R: the rows that a booking writes, in bare SQL and one transaction, for pgbench.
-- Variables: into_one, first_session, one_session, sessions, rows, begin (where this run's numbers begin).
\set i :i + 1
\set number :begin + :i * 8 + :client_id
\set client 1 + :number % :rows
\set household 1 + (:client - 1) / 5
\set payer 1 + (:household - 1) * 5
\if :into_one
\set session :one_session
\else
\set session :first_session + (:number + :number / :rows) % :sessions
\endif
BEGIN;
SELECT id FROM scheduling_session WHERE id = :session FOR UPDATE;
INSERT INTO scheduling_registration (organization_id, session_id, client_id, booked_by_id, state, created_at)
    VALUES (1, :session, :client, :payer, 'booked', now());
INSERT INTO accounts_auditevent (at, actor_kind, actor_name, user_id, organization_id, action, target_type,
    target_id, changes, member_ids, user_agent, request_id)
    VALUES (now(), 'person', '', 2, 1, 'scheduling.booked', 'billing.cartline', :number,
        '{"lines": [1], "sessions": [1]}', ARRAY[:client::bigint], 'pgbench', gen_random_uuid()::text);
INSERT INTO billing_payment (organization_id, household_id, paid_by_id, kind, amount_minor, currency, state,
    failure_code, created_at, succeeded_at)
    VALUES (1, :household, :payer, 'card', 1356, 'CAD', 'succeeded', '', now(), now());
INSERT INTO billing_ledgertransaction (organization_id, kind, at, payment_id)
    VALUES (1, 'payment', now(), currval('billing_payment_id_seq'));
INSERT INTO billing_ledgerentry (organization_id, transaction_id, account_id, household_id, amount_minor)
    SELECT 1, currval('billing_ledgertransaction_id_seq'), account, household, amount
    FROM (VALUES (2, NULL, 1356), (1, :household::bigint, -1356)) AS entry (account, household, amount);
INSERT INTO billing_invoiceline (organization_id, invoice_id, client_id, product_id, kind, label, detail,
    amount_minor, tax_rate_id, tax_minor)
    VALUES (1, nextval('billing_invoice_id_seq'), :client, 10, 'drop_in', 'Swim 1', '', 1200, 1, 156);
INSERT INTO billing_ledgertransaction (organization_id, kind, at, invoice_id)
    VALUES (1, 'invoice', now(), currval('billing_invoice_id_seq'));
INSERT INTO billing_ledgerentry (organization_id, transaction_id, account_id, household_id, amount_minor)
    SELECT 1, currval('billing_ledgertransaction_id_seq'), account, household, amount
    FROM (VALUES (1, :household::bigint, 1356), (4, NULL, -1200), (5, NULL, -156)) AS entry (account, household, amount);
INSERT INTO accounts_auditevent (at, actor_kind, actor_name, user_id, organization_id, action, target_type,
    target_id, changes, member_ids, user_agent, request_id)
    SELECT now(), 'person', '', 2, 1, 'billing.posted', 'billing.invoice', :number,
        '{"transaction": 1}', '{}'::bigint[], 'pgbench', gen_random_uuid()::text FROM generate_series(1, 2);
INSERT INTO billing_allocation (organization_id, payment_id, invoice_id, amount_minor, created_at)
    VALUES (1, currval('billing_payment_id_seq'), currval('billing_invoice_id_seq'), 1356, now());
INSERT INTO messaging_message (organization_id, reader_id, address, template, language, context, member_ids,
    secret, state, dedupe_key, attempts, last_error, created_at, due_at)
    VALUES (1, :payer, 'person@bench.test', 'billing/email/booked', 'en',
        '{"lines": [{"label": "Swim 1", "for": "Ada", "amount": 1200}], "total": 1356}', ARRAY[:client::bigint],
        '', 'queued', gen_random_uuid()::text, 0, '', now(), now());
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('mail', 'messaging.send', 0, NULL, NULL,
    '{"message_id": 1}', NULL)::procrastinate_job_to_defer_v1]);
INSERT INTO accounts_numbercounter (organization_id, kind, last) VALUES (1, 'invoice', 1)
    ON CONFLICT (organization_id, kind) DO UPDATE SET last = accounts_numbercounter.last + 1
    RETURNING last \gset
INSERT INTO billing_invoice (id, organization_id, household_id, number, code, currency, subtotal_minor, tax_minor,
    total_minor, issued_at, due_on)
    VALUES (currval('billing_invoice_id_seq'), 1, :household, :last,
        'R' || lpad(currval('billing_invoice_id_seq')::text, 9, '0'), 'CAD', 1200, 156, 1356, now(), current_date);
COMMIT;
