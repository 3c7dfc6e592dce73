<?php
// The Keeper as the token store of Zoho's SDK 8.0 for PHP: no secret of Zoho's is in your program. Use it so:
//   (new OAuthBuilder())->id('default')->findUser(false)->build()    the id is the name of the connection
//   (new InitializeBuilder())->environment(…)->token($token)->store(new KeeperStore())->initialize()

use com\zoho\api\authenticator\OAuthBuilder;
use com\zoho\api\authenticator\Token;
use com\zoho\api\authenticator\store\TokenStore;

class KeeperStore implements TokenStore
{
    public function findTokenById($id)
    {
        // Set KEEPER_KEY to an API key of the Keeper, and KEEPER_URL where it is not at this address.
        $url = (getenv('KEEPER_URL') ?: 'http://localhost:3000') . '/api/v1/connections/' . rawurlencode($id) . '/token';
        $http = ['header' => 'Authorization: Bearer ' . getenv('KEEPER_KEY'), 'timeout' => 30, 'ignore_errors' => true];
        $text = @file_get_contents($url, false, stream_context_create(['http' => $http]));
        $answer = json_decode((string) $text, true);
        if (empty($answer['access_token'])) {
            throw new RuntimeException('The Keeper: ' . ($answer['detail'] ?? "no answer from $url"));
        }
        $token = (new OAuthBuilder())->id($id)->accessToken($answer['access_token'])->findUser(false)->build();
        $token->setExpiresIn((string) (strtotime($answer['expires_at']) * 1000));
        $token->setAPIDomain($answer['api_domain']);
        return $token;
    }

    public function findToken(Token $token)
    {
        return $this->findTokenById($token->getId());
    }

    // The Keeper keeps them.
    public function saveToken(Token $token) {}
    public function deleteToken($id) {}
    public function deleteTokens() {}
    public function getTokens()
    {
        return [];
    }
}
