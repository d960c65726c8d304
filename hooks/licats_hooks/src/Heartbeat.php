<?php

namespace Licats\LicatsHooks;

/**
 * The worker's last sign of life in a project, kept in the module's settings.
 *
 * "Computed at" on the forms is the time at which the last run finished: whatever was saved before is computed, and
 * what was saved after stands on the list of changes. It is kept here and not in a cell, so that a run that changes
 * nothing writes nothing into the study's data.
 */
final class Heartbeat
{
    private const KEY = 'heartbeat';
    private const AHEAD = 600;

    /** @param object $module the framework's methods */
    public function __construct(private object $module, private int $project)
    {
    }

    /**
     * Keep what the worker says of itself.
     *
     * @param array<string, mixed> $said
     */
    public function keep(array $said, int $now): void
    {
        $finished = strtotime(self::matching($said, 'finished', '/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/D'));
        if ($finished === false || $finished > $now + self::AHEAD) {
            throw new ApiError(400, 'DATA', "'finished' is no time, or lies ahead of this server's clock");
        }
        $this->module->setProjectSetting(self::KEY, json_encode([
            'received' => $now,
            'finished' => $finished,
            'run' => self::matching($said, 'run', '/^[A-Za-z0-9._:-]{1,64}$/D'),
            'version' => self::matching($said, 'version', '/^[A-Za-z0-9._+-]{1,40}$/D'),
            'hash' => self::matching($said, 'hash', '/^[0-9a-f]{64}$/D'),
        ]), $this->project);
    }

    /**
     * What was last kept; null if the worker was never heard of.
     *
     * @return array{received: int, finished: int, run: string, version: string, hash: string}|null
     */
    public function last(): ?array
    {
        $kept = json_decode((string) $this->module->getProjectSetting(self::KEY, $this->project), true);
        return is_array($kept) && isset($kept['received'], $kept['finished']) ? $kept : null;
    }

    /** @param array<string, mixed> $said */
    private static function matching(array $said, string $key, string $pattern): string
    {
        $value = $said[$key] ?? null;
        if (!is_string($value) || preg_match($pattern, $value) !== 1) {
            throw new ApiError(400, 'DATA', "'$key' is missing or has another form than expected");
        }
        return $value;
    }
}
