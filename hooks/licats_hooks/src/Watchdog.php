<?php

namespace Licats\LicatsHooks;

/**
 * Tells people when the worker falls silent; lives outside of what it watches.
 */
final class Watchdog
{
    public const HOURS = 26;
    private const AGAIN = 86400;
    private const SINCE = 'watched-since';
    private const TOLD = 'watchdog-told';

    /** @param object $module the framework's methods */
    public function __construct(private object $module, private int $project)
    {
    }

    /** Hours of silence after which people are told; 0 is never. */
    public static function hours(mixed $setting): int
    {
        $text = trim((string) $setting);
        return preg_match('/^\d{1,3}$/D', $text) === 1 ? (int) $text : self::HOURS;
    }

    /** Since when the worker has been silent for too long; null if all is well, nothing is watched, or it was told. */
    public function silentSince(int $now): ?int
    {
        $hours = self::hours($this->module->getProjectSetting('watchdog-hours', $this->project));
        $last = (new Heartbeat($this->module, $this->project))->last();
        $since = $last['received'] ?? $this->watchedSince($now);
        if ($hours === 0 || $now - $since <= $hours * 3600) {
            if ($this->told() !== 0) {
                $this->module->removeProjectSetting(self::TOLD, $this->project);
            }
            return null;
        }
        return $now - $this->told() >= self::AGAIN ? $since : null;
    }

    /** Remember that people were told, so that they are told once a day. */
    public function remember(int $now): void
    {
        $this->module->setProjectSetting(self::TOLD, (string) $now, $this->project);
    }

    private function told(): int
    {
        return (int) $this->module->getProjectSetting(self::TOLD, $this->project);
    }

    private function watchedSince(int $now): int
    {
        $since = (int) $this->module->getProjectSetting(self::SINCE, $this->project);
        if ($since === 0) {
            $since = $now;
            $this->module->setProjectSetting(self::SINCE, (string) $since, $this->project);
        }
        return $since;
    }
}
