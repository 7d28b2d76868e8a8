"""The product's addresses and, beside them, the yardsticks'."""

from django.urls import path

from config.urls import urlpatterns as product
from tests.benchmarks import yardsticks

urlpatterns = [
    path("benchmarks/empty/", yardsticks.empty),
    path("benchmarks/one-row/", yardsticks.one_row),
    path("benchmarks/list/", yardsticks.twenty_rows),
    path("benchmarks/<slug:org>/list/", yardsticks.twenty_rows_for_staff),
    path("benchmarks/paid/<int:payment>/", yardsticks.finish_paid),
    *product,
]
