<?php

namespace Licats\LicatsHooks;

/**
 * What a user may do in a project, read from REDCap's own row of rights. What is not clearly granted is refused.
 *
 * Rights on forms come in two encodings: below 128 they are 0 none, 1 edit, 2 read, 3 edit survey responses; from 128
 * on bits, 1 for read and 2 for edit. Whether somebody is a super-user is asked, never concluded from a missing row.
 */
final class Rights
{
    private const KNOWN = [1, 2, 3, 4, 5];
    private const OPEN = [3, 4, 5];
    private const CLOSE = [3];

    /** @param array<string, mixed>|null $row */
    public function __construct(private ?array $row, private bool $super)
    {
    }

    public function isMember(): bool
    {
        return $this->super || $this->row !== null;
    }

    public function designs(): bool
    {
        return $this->super || (string) ($this->row['design'] ?? '') === '1';
    }

    public function views(string $form): bool
    {
        if ($this->super) {
            return true;
        }
        $value = $this->forms()[$form] ?? '';
        if (preg_match('/^\d+$/D', $value) !== 1) {
            return false;
        }
        $number = (int) $value;
        return $number < 128 ? in_array($number, [1, 2, 3], true) : ($number & 3) !== 0;
    }

    /** Group of the user; null where he sees all records. */
    public function group(): ?int
    {
        $group = (string) ($this->row['group_id'] ?? '');
        return !$this->super && preg_match('/^\d+$/D', $group) === 1 ? (int) $group : null;
    }

    public function viewsQueries(): bool
    {
        return $this->resolution() !== 0;
    }

    public function opensQueries(): bool
    {
        return in_array($this->resolution(), self::OPEN, true);
    }

    public function closesQueries(): bool
    {
        return in_array($this->resolution(), self::CLOSE, true);
    }

    /** Right in the Data Resolution Workflow: 0 none, 1 view, 2 respond, 3 all, 4 open only, 5 open and respond. */
    private function resolution(): int
    {
        if ($this->super) {
            return self::CLOSE[0];
        }
        $value = (string) ($this->row['data_quality_resolution'] ?? '');
        return preg_match('/^\d$/D', $value) === 1 && in_array((int) $value, self::KNOWN, true) ? (int) $value : 0;
    }

    /** @return array<string, string> */
    private function forms(): array
    {
        $forms = $this->row['forms'] ?? null;
        if (is_array($forms)) {
            return array_map('strval', $forms);
        }
        preg_match_all('/\[([a-z0-9_]+),(\d+)\]/', (string) ($this->row['data_entry'] ?? ''), $found, PREG_SET_ORDER);
        return array_column($found, 2, 1);
    }
}
