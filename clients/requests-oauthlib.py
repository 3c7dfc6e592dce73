#!/usr/bin/python3
# Requests-OAuthlib by the Flask example of its documents, and the refresh that they recommend: automatic, by a call.
# Debian: apt-get install python3-requests-oauthlib python3-flask
import os
from urllib.parse import urlsplit

from flask import Flask, redirect, request, session
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the simulator speaks plain HTTP
client_id = os.environ["ZOHO_CLIENT_ID"]
client_secret = os.environ["ZOHO_CLIENT_SECRET"]
redirect_uri = os.environ["ZOHO_REDIRECT_URI"]
scope = os.environ["ZOHO_SCOPES"].split(",")
token_url = os.environ["ZOHO_ACCOUNTS_URL"] + "/oauth/v2/token"
kept = {}

app = Flask(__name__)
app.secret_key = os.urandom(24)


@app.route("/connect")
def connect():
    zoho = OAuth2Session(client_id, redirect_uri=redirect_uri, scope=scope)
    authorize_url = os.environ["ZOHO_ACCOUNTS_URL"] + "/oauth/v2/auth"
    url, session["oauth_state"] = zoho.authorization_url(authorize_url, access_type="offline", prompt="consent")
    return redirect(url)


@app.route("/callback")
def callback():
    zoho = OAuth2Session(client_id, redirect_uri=redirect_uri, scope=scope, state=session["oauth_state"])
    kept.update(zoho.fetch_token(token_url, client_secret=client_secret, authorization_response=request.url))
    return "connected"


@app.route("/token")
def token():
    extra = {"client_id": client_id, "client_secret": client_secret}
    refreshing = {"auto_refresh_url": token_url, "auto_refresh_kwargs": extra, "token_updater": kept.update}
    OAuth2Session(client_id, token=kept, **refreshing).get(os.environ["ZOHO_API_URL"] + "/crm/v8/org")
    return kept["access_token"], {"Content-Type": "text/plain"}


app.run("127.0.0.1", urlsplit(redirect_uri).port)
