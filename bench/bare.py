"""The least that Django can do on the same server: one view, no middleware, ready JSON.

What `my_orders` from the cache is compared with.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY=os.environ["SECRET_KEY"],
    MIDDLEWARE=[],
    LOGGING_CONFIG=None,
)

_ROW = {
    "id": "0" * 36,
    "order_number": "RO202401150001",
    "customer_name": "John Doe",
    **dict.fromkeys("abcdefg", "2024-01-15T10:00:00Z"),
}


def rows(request: HttpRequest) -> HttpResponse:
    """Twenty rows, as large as those of my_orders."""
    body = json.dumps({"data": [_ROW] * 20})
    headers = {"Content-Length": str(len(body))}
    return HttpResponse(body, content_type="application/json", headers=headers)


urlpatterns = [path("rows/", rows)]
application = get_wsgi_application()
