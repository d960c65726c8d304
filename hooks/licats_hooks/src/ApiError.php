<?php

namespace Licats\LicatsHooks;

/**
 * Why a call is refused as a whole: an HTTP status, and a message that opens with a stable code.
 */
final class ApiError extends \RuntimeException
{
    public function __construct(int $status, string $code, string $message)
    {
        parent::__construct("LICATS-$code: $message", $status);
    }
}
