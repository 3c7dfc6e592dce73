// The Keeper as the token store of Zoho's SDK 8.0 for TypeScript: no secret of Zoho's is in your program. Use it so:
//   new OAuthBuilder().id('default').findUser(false).build()    the id is the name of the connection
//   (await new InitializeBuilder()).environment(…).token(token).store(new KeeperStore()).initialize()
import { OAuthBuilder, type OAuthToken, type Token, type TokenStore } from '@zohocrm/typescript-sdk-8.0';

/** Set KEEPER_KEY to an API key of the Keeper, and KEEPER_URL where it is not at this address. */
const keeperUrl = process.env['KEEPER_URL'] ?? 'http://localhost:3000';

interface Answer {
  access_token: string;
  expires_at: string;
  api_domain: string;
}

export class KeeperStore implements TokenStore.MasterModel {
  async findTokenById(id: string): Promise<OAuthToken> {
    const url = `${keeperUrl}/api/v1/connections/${encodeURIComponent(id)}/token`;
    const response = await fetch(url, { headers: { Authorization: `Bearer ${process.env['KEEPER_KEY']}` } });
    if (!response.ok) throw new Error(await response.text());
    const answer: Answer = JSON.parse(await response.text());
    const token = new OAuthBuilder().id(id).accessToken(answer.access_token).findUser(false).build();
    token.setExpiresIn(String(Date.parse(answer.expires_at)));
    token.setAPIDomain(answer.api_domain);
    return token;
  }

  async findToken(token: Token.MasterModel): Promise<OAuthToken> {
    return this.findTokenById(token.getId() ?? 'default');
  }

  // The Keeper keeps them.
  async saveToken(): Promise<void> {}
  async deleteToken(): Promise<void> {}
  async deleteTokens(): Promise<void> {}
  async getTokens(): Promise<Token.MasterModel[]> {
    return [];
  }
}
