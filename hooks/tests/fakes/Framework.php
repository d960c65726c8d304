<?php

namespace Licats\Tests;

/**
 * The documented methods of the framework that the module uses, stricter than the framework: settings need a project,
 * SQL needs parameters for every value, a super-user has no row of rights, nothing is guessed.
 */
final class Framework
{
    use Served;

    private const STATUSES = [200, 400, 401, 403, 404, 406, 500, 501];

    public function __construct(private World $world)
    {
    }

    // --- context ----------------------------------------------------------------------------------------

    public function getProjectId()
    {
        return $this->world->state['pid'];
    }

    public function setProjectId($projectId)
    {
        $this->world->project($projectId);
        $this->world->state['pid'] = $projectId;
    }

    public function getUser($username = null)
    {
        $name = $username ?? $this->world->state['user'];
        if ($name === null || !isset($this->world->state['users'][$name])) {
            throw new \RuntimeException('the user cannot be found');
        }
        return new User($this->world, $name);
    }

    public function getProjectsWithModuleEnabled()
    {
        return array_keys($this->world->state['projects']);
    }

    public function getProject($projectId = null)
    {
        return new ProjectObject($this->world->project($projectId ?? $this->needPid()));
    }

    // --- the project ------------------------------------------------------------------------------------

    public function getEventId()
    {
        $events = array_keys($this->world->project($this->needPid())['events']);
        if (count($events) !== 1) {
            throw new \RuntimeException('the project has more than one event');
        }
        return $events[0];
    }

    public function getFormsForEventId($eventId)
    {
        return $this->world->project($this->needPid())['forms_of'][$eventId]
            ?? throw new \RuntimeException('there is no such event');
    }

    public function getRepeatingForms($eventId = null, $pid = null)
    {
        return $this->world->project($pid ?? $this->needPid())['repeating'][$eventId] ?? [];
    }

    public function getFieldNames($formName, $pid = null)
    {
        return $this->world->project($pid ?? $this->needPid())['fields'][$formName]
            ?? throw new \RuntimeException('there is no such form');
    }

    public function getRecordIdField($pid = null)
    {
        return $this->world->project($pid ?? $this->needPid())['record_id'];
    }

    // --- settings ---------------------------------------------------------------------------------------

    public function getProjectSetting($key, $pid = null)
    {
        $value = $this->world->state['settings'][$pid ?? $this->needPid()][$key] ?? null;
        return $value === null && $key === 'watched-forms' ? [null] : $value;
    }

    public function setProjectSetting($key, $value, $pid = null)
    {
        if (!is_string($value)) {
            throw new \LogicException('a setting is kept as text');
        }
        $this->world->state['settings'][$pid ?? $this->needPid()][$key] = $value;
    }

    public function removeProjectSetting($key, $pid = null)
    {
        unset($this->world->state['settings'][$pid ?? $this->needPid()][$key]);
    }

    public function getSystemSetting($key)
    {
        return $this->world->state['system'][$key] ?? null;
    }

    // --- log --------------------------------------------------------------------------------------------

    public function log($message, $parameters = [])
    {
        $config = json_decode((string) file_get_contents(World::module() . 'config.json'), true);
        if ($this->world->state['user'] === null && ($config['enable-no-auth-logging'] ?? false) !== true) {
            throw new \RuntimeException('logging where nobody is logged in is not allowed');
        }
        foreach ($parameters as $name => $value) {
            if (preg_match('/^[A-Za-z0-9 _$-]+$/D', (string) $name) !== 1) {
                throw new \RuntimeException('the name of a parameter is not allowed');
            }
            if (!is_string($value) && !is_int($value) && $value !== null) {
                throw new \RuntimeException('a parameter is neither text nor number');
            }
        }
        $id = $this->world->state['next_log']++;
        $this->world->state['log'][] = $parameters + [
            'log_id' => $id,
            'message' => $message,
            'timestamp' => date('Y-m-d H:i:s'),
            'project_id' => $this->world->state['pid'],
            'record' => null,
        ];
        return $id;
    }

    public function queryLogs($sql, $parameters)
    {
        $query = new LogQuery($sql, $parameters, $this->world->state['pid']);
        return new Rows($query->rows($this->world->state['log']));
    }

    public function countLogs($whereClause, $parameters)
    {
        return count($this->matching($whereClause, $parameters));
    }

    public function removeLogs($whereClause, $parameters)
    {
        $gone = array_column($this->matching($whereClause, $parameters), 'log_id');
        $this->world->state['log'] = array_values(array_filter(
            $this->world->state['log'],
            static fn (array $line): bool => !in_array($line['log_id'], $gone, true)
        ));
        return count($gone);
    }

    // --- database ---------------------------------------------------------------------------------------

    public function query($sql, $parameters)
    {
        if (!is_array($parameters) || preg_match('/[\'"]|(?<![\w.])\d/', $sql) === 1) {
            throw new \LogicException('a value stands in the statement; it must be a parameter');
        }
        if (substr_count($sql, '?') !== count($parameters)) {
            throw new \LogicException('other parameters than placeholders');
        }
        $database = $this->world->database();
        if ($parameters === []) {
            return $database->query($sql);
        }
        $statement = $database->prepare($sql);
        $statement->execute($parameters);
        return $statement->get_result() ?: true;
    }

    // --- output -----------------------------------------------------------------------------------------

    public function tt($key, ...$values)
    {
        if ($values !== []) {
            throw new \LogicException('values would be escaped twice');
        }
        $texts = [];
        foreach (['English', $this->world->state['language']] as $language) {
            $texts = parse_ini_file(World::module() . "lang/$language.ini") + $texts;
        }
        return $texts[$key] ?? throw new \LogicException("language key '$key' is not defined");
    }

    public function escape($value)
    {
        return match (true) {
            is_array($value) => array_map([$this, 'escape'], $value),
            is_string($value) => htmlspecialchars($value, ENT_QUOTES),
            is_scalar($value), $value === null => $value,
        };
    }

    public function getModulePath()
    {
        return World::module();
    }

    public function getUrl($path, $noAuth = false, $useApiEndpoint = false)
    {
        if (!is_file(World::module() . $path)) {
            throw new \LogicException("the module has no $path");
        }
        return "/module/$path?pid=" . $this->needPid() . '&page=x';
    }

    public function initializeJavascriptModuleObject()
    {
        echo '<script>window.ExternalModules = {Licats: {LicatsHooks: window.licatsModule}};</script>';
    }

    public function getJavascriptModuleObjectName()
    {
        return 'ExternalModules.Licats.LicatsHooks';
    }

    public function apiJsonResponse($data, $forceObject = false, $flags = 0)
    {
        return ['status' => 200, 'body' => json_encode($data, $flags | JSON_THROW_ON_ERROR)];
    }

    public function apiErrorResponse($errorMessage = '', $status = 500)
    {
        if (!in_array($status, self::STATUSES, true)) {
            throw new \LogicException("REDCap knows no status $status");
        }
        return ['status' => $status, 'body' => json_encode(['error' => $errorMessage], JSON_THROW_ON_ERROR)];
    }

    private function needPid(): int
    {
        return $this->world->state['pid'] ?? throw new \RuntimeException('there is no current project');
    }

    /** @return list<array<string, mixed>> */
    private function matching(mixed $where, mixed $parameters): array
    {
        $query = new LogQuery("select log_id where $where", $parameters, $this->world->state['pid']);
        return $query->rows($this->world->state['log']);
    }
}
