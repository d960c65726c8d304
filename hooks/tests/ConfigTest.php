<?php

namespace Licats\Tests;

use Licats\LicatsHooks\LicatsHooks;

final class ConfigTest extends ModuleTestCase
{
    private array $config;
    /** @var array<string, array<string, string>> */
    private array $texts;

    protected function setUp(): void
    {
        parent::setUp();
        $this->config = json_decode((string) file_get_contents(World::module() . 'config.json'), true);
        foreach (['English', 'Japanese'] as $language) {
            $this->texts[$language] = parse_ini_file(World::module() . "lang/$language.ini");
        }
    }

    public function testTheClassIsFoundByItsNamespace(): void
    {
        self::assertSame(LicatsHooks::class, $this->config['namespace'] . '\\LicatsHooks');
        self::assertFileExists(World::module() . 'LicatsHooks.php');
        self::assertSame(16, $this->config['framework-version']);
        self::assertArrayNotHasKey('permissions', $this->config);
    }

    public function testBothLanguagesHaveTheSameKeysAndPlaceholders(): void
    {
        self::assertSame(array_keys($this->texts['English']), array_keys($this->texts['Japanese']));
        foreach ($this->texts['English'] as $key => $text) {
            self::assertSame(self::placeholders($text), self::placeholders($this->texts['Japanese'][$key]), $key);
        }
    }

    public function testTheConfigurationSaysWhatTheEnglishTextsSay(): void
    {
        $checked = 0;
        $look = function (array $node) use (&$look, &$checked): void {
            foreach ($node as $key => $value) {
                if (is_array($value)) {
                    $look($value);
                } elseif (str_starts_with((string) $key, 'tt_')) {
                    self::assertSame($this->texts['English'][$value], $node[substr($key, 3)]);
                    $checked++;
                }
            }
        };
        $look($this->config);
        self::assertGreaterThan(9, $checked);
    }

    public function testEveryTextIsUsed(): void
    {
        $code = (string) file_get_contents(World::module() . 'config.json');
        foreach (glob(World::module() . '{*,src/*}.php', GLOB_BRACE) as $file) {
            $code .= file_get_contents($file);
        }
        foreach (array_keys($this->texts['English']) as $key) {
            self::assertMatchesRegularExpression("/['\"]{$key}['\"]/", $code, $key);
        }
    }

    public function testEveryActionOfTheConfigurationIsDoneAndOnlyForTheAuthenticated(): void
    {
        foreach ($this->config['api-actions'] as $action => $one) {
            self::assertSame(['auth'], $one['access']);
            self::assertNotSame(501, $this->call($action)[0], $action);
        }
        self::assertArrayNotHasKey('no-auth-ajax-actions', $this->config);
        self::assertArrayNotHasKey('no-auth-pages', $this->config);
        foreach ($this->config['crons'] as $cron) {
            self::assertTrue(method_exists(LicatsHooks::class, $cron['method']));
            self::assertIsString($cron['cron_frequency']);
            self::assertIsString($cron['cron_max_run_time']);
        }
    }

    public function testEverySettingThatIsReadCanBeSet(): void
    {
        $keys = array_column([...$this->config['system-settings'], ...$this->config['project-settings']], 'key');
        $code = '';
        foreach (glob(World::module() . '{*,src/*}.php', GLOB_BRACE) as $file) {
            $code .= file_get_contents($file);
        }
        preg_match_all("/get(?:Project|System)Setting\('([a-z-]+)'/", $code, $found);
        self::assertEqualsCanonicalizing($keys, array_unique($found[1]));
    }

    public function testNothingOpensAConnectionOrWritesData(): void
    {
        foreach (glob(World::module() . '{*,src/*,pages/*}.php', GLOB_BRACE) as $file) {
            $code = (string) file_get_contents($file);
            self::assertDoesNotMatchRegularExpression(
                '/\b(curl_|fsockopen|http_get|http_post|stream_socket|saveData|eval\(|shell_exec|proc_open)/i',
                $code,
                basename($file)
            );
        }
    }

    public function testNoSyntaxIsNewerThanPhp80(): void
    {
        foreach (glob(World::module() . '{*,src/*,pages/*}.php', GLOB_BRACE) as $file) {
            foreach (token_get_all((string) file_get_contents($file)) as $token) {
                $id = is_array($token) ? $token[0] : 0;
                self::assertFalse(in_array($id, [T_READONLY, T_ENUM], true), basename($file));
            }
        }
    }

    /** @dataProvider settings */
    public function testSettingsAreCheckedBeforeTheyAreSaved(array $settings, string $problem): void
    {
        $said = $this->module->validateSettings($settings);
        $problem === '' ? self::assertSame('', $said) : self::assertStringContainsString($problem, $said);
    }

    public function settings(): array
    {
        return [
            'nothing' => [[], ''],
            'all good' => [['service-user' => 'worker', 'watchdog-hours' => '0', 'alert-address' => 'a@example.org',
                'answer-drw' => true], ''],
            'unknown user' => [['service-user' => 'nobody'], 'no REDCap user'],
            'workflow without user' => [['answer-drw' => true, 'service-user' => ''], "worker's user name"],
            'workflow off' => [['answer-drw' => false, 'service-user' => ''], ''],
            'hours as words' => [['watchdog-hours' => 'daily'], 'from 0 to 720'],
            'too many hours' => [['watchdog-hours' => '721'], 'from 0 to 720'],
            'longest hours' => [['watchdog-hours' => '720'], ''],
            'no address' => [['alert-address' => 'ops'], 'not a mail address'],
            'system address' => [['alert-address-all' => 'a@', 'sender-address' => 'b'], 'not a mail address'],
        ];
    }

    public function testTheStatusPageIsForDesigners(): void
    {
        self::assertStringContainsString('for users who may design', $this->module->statusPage());
        self::assertNull($this->module->redcap_module_link_check_display(Study::CLASSIC, ['url' => 'x']));
        foreach (['designer', 'admin'] as $user) {
            $this->world->state['user'] = $user;
            self::assertStringContainsString('Changes waiting', $this->module->statusPage());
            self::assertSame(['x'], $this->module->redcap_module_link_check_display(Study::CLASSIC, ['x']));
        }
    }

    public function testTheStatusPageShowsTheWorkerAndAnotherProtocol(): void
    {
        $this->save();
        $this->heartbeat(['version' => '0.2.0']);
        $this->world->state['user'] = 'designer';
        ob_start();
        (static function ($module): void {
            include World::module() . 'pages/status.php';
        })($this->module);
        $html = (string) ob_get_clean();
        self::assertStringContainsString('<td>2027-01-15 08:00</td>', $html);
        self::assertStringContainsString('<th>Changes waiting for the worker</th><td>1</td>', $html);
        self::assertStringContainsString('another protocol: 0.2.0 abababababab.', $html);
    }

    public function testTheStatusPageSaysThatTheFieldMapIsOfOtherNames(): void
    {
        $this->world->state['user'] = 'designer';
        self::assertStringNotContainsString('calls the LICATS forms otherwise', $this->module->statusPage());
        $fields = &$this->world->state['projects'][Study::CLASSIC]['fields'];
        $fields['lx_licats_result'] = $fields['licats_result'];
        unset($fields['licats_result']);
        self::assertStringContainsString('calls the LICATS forms otherwise', $this->module->statusPage());
    }

    /** @return list<string> */
    private static function placeholders(string $text): array
    {
        preg_match_all('/\{[a-z]+\}/', $text, $found);
        sort($found[0]);
        return $found[0];
    }
}
