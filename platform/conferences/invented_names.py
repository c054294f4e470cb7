"""Names for rehearsals and load tests, in the scripts that people write their own names in.

Given and family names are common ones of each country, put together at random: nobody in particular is meant.
"""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Naming:
    """How names are built in one country: `order` puts {given} and {family} into place."""

    given: tuple[str, ...]
    family: tuple[str, ...]
    order: str = "{given} {family}"

    def name(self, dice: Random) -> str:
        return self.order.format(given=dice.choice(self.given), family=dice.choice(self.family)).strip()


def _words(text: str) -> tuple[str, ...]:
    """Divides at spaces; `_` stands for a space within one name."""
    return tuple(word.replace("_", " ") for word in text.split())


ENGLISH = _words(
    "Olivia Jack Charlotte Noah Amelia William Isla Thomas Mia Leo Grace Henry Ruby Lucas Matilda Oscar Zoë Hugo "
    "Eleanor Samuel Imogen Patrick Siân Niamh Seán Freya Callum Beatrice Rhys Aoife"
)
# By ISO 3166-1 code. The countries of no delegation are there for their scripts, among the public and the media.
NAMINGS: dict[str, Naming] = {
    "AU": Naming(
        ENGLISH, _words("Smith Nguyen Taylor O’Brien Papadopoulos Kelly Marino Williams Singh Campbell Yunupiŋu Walker")
    ),
    "BN": Naming(
        _words("Aminah Hakeem Siti Azim Nurul Haziq Rohani Khalid Dayang Zulkifli Mardhiah Faisal"),
        _words("Abdullah Yusof Metussin Jumat Ismail Rahman Tengah Matnor Bakar Kamaluddin"),
        "{given} {family}",
    ),
    "KH": Naming(
        _words("សុភា វិចិត្រ ចាន់ថា ដារ៉ា ស្រីមុំ រតនា បូរី សុខា ពិសិដ្ឋ កល្យាណ មករា វណ្ណា"),
        _words("សុខ ចាន់ ហេង លី ឈាង កែវ ម៉ៅ ទេព នួន ប៊ុន"),
        "{family} {given}",
    ),
    "CL": Naming(
        _words("Sofía Matías Antonia Benjamín Josefa Agustín Ximena Tomás Begoña Íñigo Rocío Andrés Ayelén Nahuel"),
        _words("Muñoz Ibáñez Peña Contreras Araya Güemes Cárdenas Huenchumilla Sepúlveda Núñez Valdés Yáñez"),
    ),
    "CN": Naming(
        _words("伟 芳 秀英 敏 静 磊 洋 艳 勇 杰 涛 明 超 秀兰 霞 平 晓东 雨桐 子涵 浩然 思远 嘉怡"),
        _words("王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 欧阳 司马 诸葛"),
        "{family}{given}",
    ),
    "FJ": Naming(
        _words("Mere Jone Litia Sitiveni Ana Salote Apisai Vasiti Josefa Priya Rajesh Unaisi Semi"),
        _words("Tuilagi Vakatawa Naulivou Waqa Cakobau Prasad Kumar Ravouvou Seruvatu Singh"),
    ),
    "FI": Naming(
        _words("Aino Väinö Päivi Jyrki Tuuli Eero Yrjö Hannele Mikko Kaisa Sampo Riikka Sanna"),
        _words("Virtanen Mäkinen Hämäläinen Järvinen Nyström Sjöblom Yli-Mäyry Äikäs Öhman Korhonen"),
    ),
    "IN": Naming(
        _words("प्रिया अर्जुन अनन्या रोहन कविता विक्रम सुनीता राजेश मीरा आदित्य नेहा संजय श्रेया हरीश"),
        _words("शर्मा वर्मा पटेल सिंह गुप्ता मिश्रा देशपांडे कृष्णन जोशी अय्यर चतुर्वेदी"),
    ),
    "ID": Naming(
        _words("Budi Siti Agus Dewi Wayan Putu Ketut Rizky Nurhayati Bambang Ayu Slamet Indah Made Teuku Ratna"),
        # Many Indonesians have one name only.
        (*_words("Santoso Wijaya Siregar Lestari Nasution Hutapea Pratama Kusuma Tarigan Rahmawati Astawa"), ""),
    ),
    "JP": Naming(
        _words("美咲 翔太 陽子 健一 さくら 大輔 由美子 拓也 愛 直樹 恵子 蓮 結衣 ひろし"),
        _words("佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 齋藤 長谷川 五十嵐"),
        "{family} {given}",
    ),
    "LA": Naming(
        _words("ສົມສັກ ບຸນມີ ວັນນາ ຄຳຫຼ້າ ມະນີວັນ ສຸກສະຫວັນ ພອນທິບ ຈັນສຸກ ແກ້ວ ດາວເຮືອງ"),
        _words("ພົມມະຈັນ ສີສະຫວາດ ວົງສາ ຈັນທະວົງ ໄຊຍະວົງ ຄຳມະນີ ອິນທະວົງ"),
    ),
    "MY": Naming(
        _words("Nur Ahmad Aisyah Muhammad Mei-Ling Farah Hafiz Wei Priya Azlan Suhaila Kavitha Jun"),
        _words("Abdullah Ismail Tan Subramaniam Hassan Lim Othman Chong Krishnan Rashid Zainuddin"),
    ),
    "NZ": Naming(
        _words("Aroha Tāne Hinemoa Wiremu Charlotte Oliver Ngaio Māia Rāwiri Isla Tūī James Pōtiki"),
        _words("Ngata Parata Te_Whare Williams Wilson Pōmare Tūhoe Hēnare Kōpū Harrison Māhuta"),
    ),
    "PH": Naming(
        _words("María José Angelo Liwayway Bayani Cristina Jun-Jun Rosario Niño Dalisay Ramón Luzviminda"),
        _words("Santos Reyes Cruz Bautista Dela_Peña Ocampo Macaraeg Villanueva Salonga Magsaysay"),
    ),
    "KR": Naming(
        _words("민준 서연 지훈 수빈 현우 지은 도윤 하은 예진 성민 유나 준호 은경 태영"),
        _words("김 이 박 최 정 강 조 윤 장 임 남궁 황보"),
        "{family}{given}",
    ),
    "SG": Naming(
        _words("Wei-Jie Hui-Min Arjun Nurul Jia-Hao Siew-Ling Devi Faris Xin-Yi Ravi Shu-Fen Irfan"),
        _words("Tan Lim Ng Nair Ibrahim Goh Chua Pillai Koh Rahim Ong Jayakumar"),
    ),
    "ZA": Naming(
        _words("Thandiwe Sipho Nomvula Pieter Ayanda Lerato Johannes Zanele Bongani Marthé Kagiso Naledi Rián"),
        _words("Dlamini Nkosi Botha Mokoena van_der_Merwe Ndlovu Naidoo Khumalo Pretorius Mthembu Tshabalala"),
    ),
    "TH": Naming(
        _words("สมชาย สุดา อรทัย กิตติพงษ์ วิไล ณัฐพล พรทิพย์ ธนากร ปิยะ จิราพร ศิริพร อนุชา"),
        _words("สุขใจ วงศ์สวัสดิ์ ศรีสุข แสงทอง บุญมี รัตนกุล ทองดี จันทร์เพ็ญ อินทรสุวรรณ"),
    ),
    "US": Naming(
        ENGLISH + _words("Jamal Guadalupe DeShawn Kiʻele Ximena Tyrone Leilani Dakota"),
        _words("Johnson García Washington Nakamura Kowalski O’Connor Begay Rodríguez Kahananui Brown Schmidt Nguyễn"),
    ),
    "GB": Naming(
        ENGLISH, _words("Jones MacLeòd Patel Brontë Hughes Ó_Néill Okafor Clarke Llewellyn-Jones Khan Wright Zielińska")
    ),
    "VN": Naming(
        _words("Hương Minh_Tuấn Thị_Mai Thảo Dũng Ngọc Đức Phượng Quỳnh Hiếu Thủy Khánh Việt Uyên Trường"),
        _words("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ"),
        "{family} {given}",
    ),
    # Not among the delegations of ICDD 2021.
    "EG": Naming(
        _words("محمد فاطمة أحمد مريم يوسف ليلى عمر نور خالد سلمى حسن هبة"),
        _words("السيد عبدالرحمن المصري الخطيب حسين النجار منصور الشافعي إبراهيم"),
    ),
    "AE": Naming(
        _words("عائشة سلطان حصة راشد موزة حمدان شيخة ماجد لطيفة سيف"),
        _words("المنصوري الظاهري النعيمي الكتبي الشامسي البلوشي المهيري"),
    ),
    "KZ": Naming(
        _words("Айгүл Нұрсұлтан Динара Ерлан Гүлнар Бауыржан Әсел Тимур Жанар Қайрат"),
        _words("Әбдіраманов Нұрпейісова Қасымов Сәтбаева Омаров Жұмабаева"),
    ),
    "UA": Naming(
        _words("Олена Андрій Ірина Тарас Юлія Богдан Соломія Євген Наталія Ярослав"),
        _words("Шевченко Коваленко Бондаренко Ткаченко Олійник Кравчук Поліщук"),
    ),
    "ET": Naming(
        _words("አበበ ሰላም ሃና ዮሐንስ ትዕግስት ዳዊት ብርሃን ሙሉ"),
        _words("ተስፋዬ በቀለ ገብረማርያም ወልደ አለሙ ታደሰ"),
    ),
    "LK": Naming(
        _words("கவிதா முருகன் செல்வி அருண் மீனாட்சி இளங்கோ நிமாலி சுரேஷ்"),
        _words("சுப்பிரமணியம் கந்தசாமி இராஜரத்தினம் பெரேரா சிவலிங்கம்"),
    ),
    "GR": Naming(
        _words("Ελένη Γιώργος Μαρία Νίκος Αικατερίνη Δημήτρης Σοφία Χρήστος"),
        _words("Παπαδόπουλος Οικονόμου Γεωργίου Νικολαΐδης Βασιλείου Αγγελοπούλου"),
    ),
    "IL": Naming(_words("נועה דוד תמר יוסף שירה איתן מיכל אורי"), _words("כהן לוי מזרחי פרץ ביטון אברהם פרידמן")),
}


def invented_name(country: str, dice: Random) -> str:
    """A plausible name of somebody from this country (an ISO code), from any of them where it is not known."""
    naming = NAMINGS.get(country) or NAMINGS[dice.choice(sorted(NAMINGS))]
    return naming.name(dice)
