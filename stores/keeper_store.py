"""The Keeper as the token store of Zoho's SDK 8.0 for Python: no secret of Zoho's is in your program. Use it so:

    token = OAuthToken(id="default", find_user=False)    # the id is the name of the connection
    Initializer.initialize(environment=..., token=token, store=KeeperStore())
"""

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime

from zohocrmsdk.src.com.zoho.api.authenticator import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import TokenStore

# Set KEEPER_KEY to an API key of the Keeper, and KEEPER_URL where it is not at this address.
KEEPER_URL = os.environ.get("KEEPER_URL", "http://localhost:3000")


class KeeperStore(TokenStore):
    def find_token_by_id(self, id):
        url = f"{KEEPER_URL}/api/v1/connections/{urllib.parse.quote(id, safe='')}/token"
        request = urllib.request.Request(url, headers={"Authorization": "Bearer " + os.environ["KEEPER_KEY"]})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:
            raise RuntimeError("The Keeper: " + json.load(error).get("detail", str(error))) from None
        token = OAuthToken(access_token=answer["access_token"], id=id, find_user=False)
        end = datetime.fromisoformat(answer["expires_at"].replace("Z", "+00:00"))
        token.set_expires_in(str(int(end.timestamp() * 1000)))
        token.set_api_domain(answer["api_domain"])
        return token

    def find_token(self, token):
        return self.find_token_by_id(token.get_id())

    # The Keeper keeps them.
    def save_token(self, token):
        pass

    def delete_token(self, id):
        pass

    def delete_tokens(self):
        pass

    def get_tokens(self):
        return []
