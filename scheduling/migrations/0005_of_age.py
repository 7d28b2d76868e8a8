"""Whole months of age in SQL, by the same rule as ``accounts.calendars.age_in_months``, for filters."""

from django.db import migrations

IS_OF_AGE = """
CREATE FUNCTION scheduling_is_of_age(born_on date, day date, at_least integer, at_most integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT (at_least IS NULL OR months >= at_least) AND (at_most IS NULL OR months <= at_most)
    FROM (SELECT (extract(year FROM day) - extract(year FROM born_on)) * 12
               + extract(month FROM day) - extract(month FROM born_on)
               - CASE WHEN extract(day FROM day) < extract(day FROM born_on) THEN 1 ELSE 0 END AS months) age
$$;
"""


class Migration(migrations.Migration):
    dependencies = (("scheduling", "0004_public_schedule_order"),)

    operations = (
        migrations.RunSQL(IS_OF_AGE, "DROP FUNCTION scheduling_is_of_age(date, date, integer, integer);"),
    )
