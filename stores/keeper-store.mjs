// The Keeper as the token store of Zoho's SDK 8.0 for Node: no secret of Zoho's is in your program. Use it so:
//   new OAuthBuilder().id('default').findUser(false).build()    the id is the name of the connection
//   (await new InitializeBuilder()).environment(…).token(token).store(new KeeperStore()).initialize()
import { OAuthToken, TokenStore } from '@zohocrm/nodejs-sdk-8.0';

/** Set KEEPER_KEY to an API key of the Keeper, and KEEPER_URL where it is not at this address. */
const keeperUrl = process.env.KEEPER_URL ?? 'http://localhost:3000';

export class KeeperStore extends TokenStore.MasterModel {
  async findTokenById(id) {
    const url = `${keeperUrl}/api/v1/connections/${encodeURIComponent(id)}/token`;
    const response = await fetch(url, { headers: { Authorization: `Bearer ${process.env.KEEPER_KEY}` } });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${answer.code}: ${answer.detail}`);
    const token = new OAuthToken();
    token.setId(id);
    token.setAccessToken(answer.access_token);
    token.setExpiresIn(String(Date.parse(answer.expires_at)));
    token.setAPIDomain(answer.api_domain);
    return token;
  }

  async findToken(token) {
    return this.findTokenById(token.getId());
  }

  // The Keeper keeps them.
  async saveToken() {}
  async deleteToken() {}
  async deleteTokens() {}
  async getTokens() {
    return [];
  }
}
