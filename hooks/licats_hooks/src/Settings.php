<?php

namespace Licats\LicatsHooks;

/**
 * Checks what people enter in the module's settings, before it is saved.
 */
final class Settings
{
    private const LONGEST_HOURS = 720;

    public function __construct(private Words $words)
    {
    }

    /**
     * Name what is wrong; '' if nothing is.
     *
     * @param array<string, mixed> $settings
     * @param callable(string): bool $isUser whether there is a user of that name
     */
    public function problems(array $settings, callable $isUser): string
    {
        $problems = [];
        $user = self::text($settings, 'service-user');
        if ($user !== '' && !$isUser($user)) {
            $problems[] = $this->words->text('bad_user');
        }
        if ($user === '' && self::text($settings, 'answer-drw') === '1') {
            $problems[] = $this->words->text('bad_drw');
        }
        $hours = self::text($settings, 'watchdog-hours');
        if ($hours !== '' && (preg_match('/^\d{1,3}$/D', $hours) !== 1 || (int) $hours > self::LONGEST_HOURS)) {
            $problems[] = $this->words->text('bad_hours', ['longest' => self::LONGEST_HOURS]);
        }
        foreach (['alert-address', 'alert-address-all', 'sender-address'] as $key) {
            $address = self::text($settings, $key);
            if ($address !== '' && filter_var($address, FILTER_VALIDATE_EMAIL) === false) {
                $problems[] = $this->words->text('bad_address');
            }
        }
        return implode("\n", $problems);
    }

    /** @param array<string, mixed> $settings */
    private static function text(array $settings, string $key): string
    {
        $value = $settings[$key] ?? '';
        return is_scalar($value) ? trim($value === true ? '1' : (string) $value) : '';
    }
}
