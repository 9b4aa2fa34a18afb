"""Signing in with a password or a one-time link, so many times a minute; and signing out."""

from asgiref.sync import sync_to_async
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from orderstream.access import limits, links
from orderstream.access.addresses import address_of

BACKEND = "django.contrib.auth.backends.ModelBackend"
SIGN_IN_PAGE = "registration/sign_in.html"
LINK_PAGE = "registration/sign_in_link.html"


async def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Counted before the password is looked at: comparing one takes a tenth of a second."""
    if request.method == "POST":
        name = request.POST.get("username", "")
        wait = await limits.seconds_to_wait(limits.for_sign_in(name, address_of(request)))
        if wait:
            page = SignIn()
            page.setup(request)
            form = AuthenticationForm(request, initial={"username": name[:150]})
            return _too_often(request, SIGN_IN_PAGE, wait, form=form, next=page.get_redirect_url())
    return await sync_to_async(_with_password)(request)


async def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponseBase:
    wait = await limits.seconds_to_wait(limits.for_link(address_of(request)))
    if wait:
        return _too_often(request, LINK_PAGE, wait)
    return await sync_to_async(_with_link)(request, token=token)


class SignIn(LoginView):
    template_name = SIGN_IN_PAGE
    redirect_authenticated_user = True


@method_decorator([never_cache, csrf_protect], name="dispatch")
class SignInByLink(View):
    """GET only offers a button: programs that look at links in advance must not use it up."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._page(request, links.is_good(token))

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        user = links.use(token)
        if user is None:
            return self._page(request, False)
        login(request, user, backend=BACKEND)
        return redirect("/")

    def _page(self, request: HttpRequest, is_good: bool) -> HttpResponse:
        return render(request, LINK_PAGE, {"is_good": is_good}, status=200 if is_good else 410)


_with_password = SignIn.as_view()
_with_link = SignInByLink.as_view()


def _too_often(request: HttpRequest, page: str, wait: int, **context: object) -> HttpResponse:
    response = render(request, page, {"wait": wait, **context}, status=429)
    response["Retry-After"] = str(wait)
    response["Cache-Control"] = "no-store"
    return response
