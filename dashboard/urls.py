"""The dashboard's pages."""

from django.urls import path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

from dashboard import (
    account,
    activity_views,
    letter_views,
    list_views,
    more_views,
    order_views,
    place_view,
    stream_views,
    views,
    worker_views,
)

# The catalogue changes with the language and with a new version only.
words = cache_control(private=True, max_age=3600)(JavaScriptCatalog.as_view(packages=["dashboard"]))

urlpatterns = [
    path("", views.board, name="board"),
    path("place/", place_view.place, name="place"),
    path("orders/", list_views.orders, name="orders"),
    path("orders/rows/", list_views.rows, name="orders_rows"),
    path("orders/<str:order_id>/", order_views.order, name="order"),
    path("orders/<str:order_id>/customer/", order_views.same_customer, name="order_same"),
    path("orders/<str:order_id>/newer/", order_views.newer, name="order_newer"),
    path("orders/<str:order_id>/older/", order_views.older, name="order_older"),
    path("failed/", letter_views.failed, name="failed"),
    path("failed/preflight/", letter_views.preflight, name="failed_preflight"),
    path("failed/chosen/", letter_views.chosen, name="failed_chosen"),
    path("stream/", stream_views.stream, name="stream"),
    path("stream/now/", stream_views.stream_now, name="stream_now"),
    path("stream/pending/", stream_views.stream_pending, name="stream_pending"),
    path("stream/entries/", stream_views.stream_entries, name="stream_entries"),
    path("workers/", worker_views.workers, name="workers"),
    path("workers/now/", worker_views.workers_now, name="workers_now"),
    path("workers/<path:name>/hand/", worker_views.worker_hand, name="workers_hand"),
    path("activity/", activity_views.activity, name="activity"),
    path("activity/now/", activity_views.activity_now, name="activity_now"),
    path("more/", more_views.more, name="more"),
    path("account/", account.account, name="account"),
    path("account/end/", account.end, name="end_sign_in"),
    path("account/end-others/", account.end_others, name="end_other_sign_ins"),
    path("words.js", words, name="words"),
]
