<?php
// The Keeper as the persistence of zcrm-php-sdk. In its configuration, in the place of token_persistence_path:
//   'persistence_handler_class' => __DIR__ . '/KeeperPersistence.php',
//   'persistence_handler_class_name' => 'KeeperPersistence',
//   'currentUserEmail' => 'default',    the name of the connection

use zcrmsdk\oauth\persistence\ZohoOAuthPersistenceInterface;
use zcrmsdk\oauth\utility\ZohoOAuthTokens;

class KeeperPersistence implements ZohoOAuthPersistenceInterface
{
    public function getOAuthTokens($userEmailId)
    {
        // Set KEEPER_KEY to an API key of the Keeper, and KEEPER_URL where it is not at this address.
        $keeper = getenv('KEEPER_URL') ?: 'http://localhost:3000';
        $url = "$keeper/api/v1/connections/" . rawurlencode($userEmailId) . '/token';
        $http = ['header' => 'Authorization: Bearer ' . getenv('KEEPER_KEY'), 'timeout' => 30, 'ignore_errors' => true];
        $text = @file_get_contents($url, false, stream_context_create(['http' => $http]));
        $answer = json_decode((string) $text, true);
        if (empty($answer['access_token'])) {
            throw new RuntimeException('The Keeper: ' . ($answer['detail'] ?? "no answer from $url"));
        }
        $tokens = new ZohoOAuthTokens();
        $tokens->setUserEmailId($userEmailId);
        $tokens->setAccessToken($answer['access_token']);
        $tokens->setExpiryTime(strtotime($answer['expires_at']) * 1000);
        return $tokens;
    }

    // The Keeper keeps them.
    public function saveOAuthData($zohoOAuthTokens) {}
    public function deleteOAuthTokens($userEmailId) {}
}
