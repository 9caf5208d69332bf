import { isIpv4, isIpv6 } from '../../value-type.ts';
import { luhn } from '../checksums.ts';
import { checked, type DataClass, matching } from '../data-class.ts';

const ipAddress: DataClass = {
  name: 'ip-address',
  group: 'technical',
  patterns: [
    {
      min: 7,
      max: 18,
      score: ({ text }) => {
        const address = text.replace(/\/\d{1,2}$/, '');
        if (!isIpv4(address)) return 0;
        // Versions of four parts stay below 100 in each; most addresses do not.
        return /\d{3}/.test(address) ? 0.4 : 0.1;
      },
    },
    {
      min: 3,
      max: 49,
      score: ({ text }) => (text.includes(':') && isIpv6(text.replace(/\/\d{1,3}$/, '')) ? 0.4 : 0),
    },
  ],
  words: {
    strong:
      'ip ipaddress ipaddr clientip remoteip sourceip remoteaddr xforwardedfor ipv4 ipv6 userip hostip srcip dstip peerip serverip lastip',
    veto: 'version',
    rivals: 'version build release revision oid',
  },
  coincidence: 0.05,
};

const macAddress: DataClass = {
  name: 'mac-address',
  group: 'technical',
  patterns: [
    matching(/^[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}$/i, 0.6, 17, 17),
    matching(/^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/i, 0.4, 14, 14),
    matching(/^(?=.*[A-F])[0-9A-F]{12}$|^(?=.*[a-f])[0-9a-f]{12}$/, 0.1, 12, 12),
  ],
  words: {
    strong: 'mac macaddress macaddr hwaddr hardwareaddress ethernetaddress wifimac bssid bluetoothaddress',
  },
  coincidence: 0.01,
};

const imei: DataClass = {
  name: 'imei',
  group: 'technical',
  patterns: [
    checked(/^\d{15}$/, ({ digits }) => luhn(digits), 0.2, 15, 15),
    checked(/^\d{2}-\d{6}-\d{6}-\d$/, ({ digits }) => luhn(digits), 0.4, 18, 18),
  ],
  words: { strong: 'imei imeinumber meid deviceimei' },
  coincidence: 0.1,
};

const imsi: DataClass = {
  name: 'imsi',
  group: 'technical',
  patterns: [matching(/^[2-7]\d{13,14}$/, 0.1, 14, 15)],
  words: { strong: 'imsi' },
  coincidence: 0.5,
};

export const technicalClasses: readonly DataClass[] = [ipAddress, macAddress, imei, imsi];
