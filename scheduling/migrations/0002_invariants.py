"""Seats: the counter is the database's own, and the tenant wall of scheduling."""

from django.db import migrations

from accounts.invariants import TenantForeignKey

COUNT_SEATS = """
CREATE FUNCTION scheduling_is_active(state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
    $$ SELECT state IN ('held', 'booked', 'attended', 'no_show') $$;

CREATE FUNCTION scheduling_count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was boolean := TG_OP <> 'INSERT' AND scheduling_is_active(OLD.state);
    now boolean := TG_OP <> 'DELETE' AND scheduling_is_active(NEW.state);
BEGIN
    IF was AND now AND OLD.session_id = NEW.session_id THEN
        RETURN NULL;
    END IF;
    IF was THEN
        UPDATE scheduling_session SET seats_taken = seats_taken - 1 WHERE id = OLD.session_id;
    END IF;
    IF now THEN
        UPDATE scheduling_session SET seats_taken = seats_taken + 1 WHERE id = NEW.session_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER scheduling_registration_seats
    AFTER INSERT OR DELETE OR UPDATE OF state, session_id ON scheduling_registration
    FOR EACH ROW EXECUTE FUNCTION scheduling_count_seats();

CREATE FUNCTION scheduling_keep_counter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'seats_taken is counted from registrations, never written'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER scheduling_session_counter_update BEFORE UPDATE OF seats_taken ON scheduling_session
    FOR EACH ROW WHEN (OLD.seats_taken <> NEW.seats_taken) EXECUTE FUNCTION scheduling_keep_counter();
CREATE TRIGGER scheduling_session_counter_insert BEFORE INSERT ON scheduling_session
    FOR EACH ROW WHEN (NEW.seats_taken <> 0) EXECUTE FUNCTION scheduling_keep_counter();
"""

NO_SEATS = """
DROP TRIGGER scheduling_session_counter_insert ON scheduling_session;
DROP TRIGGER scheduling_session_counter_update ON scheduling_session;
DROP FUNCTION scheduling_keep_counter();
DROP TRIGGER scheduling_registration_seats ON scheduling_registration;
DROP FUNCTION scheduling_count_seats();
DROP FUNCTION scheduling_is_active(text);
"""


class Migration(migrations.Migration):
    dependencies = (("scheduling", "0001_initial"), ("billing", "0002_invariants"))

    operations = (
        migrations.RunSQL(COUNT_SEATS, NO_SEATS),
        TenantForeignKey("scheduling_room", "location_id", "scheduling_location"),
        TenantForeignKey("scheduling_service", "drop_in_id", "billing_product"),
        TenantForeignKey("scheduling_servicerequirement", "service_id", "scheduling_service"),
        TenantForeignKey("scheduling_servicerequirement", "requirement_id", "waivers_requirement"),
        TenantForeignKey("scheduling_schedule", "service_id", "scheduling_service"),
        TenantForeignKey("scheduling_schedule", "room_id", "scheduling_room"),
        TenantForeignKey("scheduling_schedule", "course_fee_id", "billing_product"),
        TenantForeignKey("scheduling_session", "service_id", "scheduling_service"),
        TenantForeignKey("scheduling_session", "schedule_id", "scheduling_schedule"),
        TenantForeignKey("scheduling_session", "room_id", "scheduling_room"),
        TenantForeignKey("scheduling_place", "cart_line_id", "billing_cartline"),
        TenantForeignKey("scheduling_place", "session_id", "scheduling_session"),
        TenantForeignKey("scheduling_place", "schedule_id", "scheduling_schedule"),
        TenantForeignKey("scheduling_courseenrolment", "schedule_id", "scheduling_schedule"),
        TenantForeignKey("scheduling_courseenrolment", "client_id", "clients_client"),
        TenantForeignKey("scheduling_registration", "session_id", "scheduling_session"),
        TenantForeignKey("scheduling_registration", "client_id", "clients_client"),
        TenantForeignKey("scheduling_registration", "enrolment_id", "scheduling_courseenrolment"),
    )
